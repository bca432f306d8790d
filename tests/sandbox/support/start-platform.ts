import { startPlatform } from "../../../sandbox/platform";
import { platformOptions } from "./platform";

// As a process of its own, for tests that kill it.
void platformOptions()
    .then(startPlatform)
    .then(({ outcomes }) => {
        console.log(JSON.stringify(outcomes));
    });
