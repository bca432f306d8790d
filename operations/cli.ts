/**
 * What can't be done by `pulumi up` alone: `npm run operate -- --help`. Like `pulumi` itself it works on the selected
 * stack, or the one that `--stack` names, and on the cluster of that stack's settings.
 */
import { Command } from "commander";
import { run } from "../cli/run";
import { registerGrowVolumes } from "./grow-volumes";

const program = new Command("operate").description("Procedures on a running stack that pulumi up can't do alone");
registerGrowVolumes(program);

run(program);
