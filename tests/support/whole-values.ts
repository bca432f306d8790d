import { config } from "chai";

// A failure names the values that differ, not how many there are.
config.truncateThreshold = 0;
