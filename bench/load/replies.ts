import { z } from "zod";

/** What `scrape-load ask` prints: of each query how long its answers took, in seconds, and the last one's size. */
export const repliesSchema = z.array(
    z.object({
        name: z.string(),
        seconds: z.array(z.number()),
        series: z.number(),
        bytes: z.number(),
        error: z.string().optional(),
    }),
);
