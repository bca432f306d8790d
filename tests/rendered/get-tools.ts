import { Command } from "commander";
import { run } from "../../cli/run";
import { getTools } from "./support/tools";

// Of `npm run test:rendered`, before its lanes: each would build what it needs first, and say so at its end.
run(new Command("get-tools").action(getTools));
