import { z } from "zod";

/** What the mail server is told. */
export const settingsSchema = z.object({
    host: z.string(),
    port: z.number().int(),
    certificate: z.string(),
    key: z.string(),
    /** Where messages go, one file each, in the order of their arrival. */
    folder: z.string(),
    username: z.string(),
    password: z.string(),
});

export type MailSettings = z.output<typeof settingsSchema>;
