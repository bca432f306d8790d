import { randomBytes, randomInt } from "node:crypto";
import * as path from "node:path";
import { z } from "zod";
import { inRunDir } from "../paths";
import { Authority } from "../pki";
import {
    type DaemonOutcome,
    type DaemonSpec,
    ensureDaemon,
    httpProbe,
    isDaemonAlive,
    PortLedger,
    readJsonIfValid,
    requireFreeSpace,
    writePrivateFileIfChanged,
} from "../processes";
import { ensurePython } from "./python";

/** Name of the daemon, its log and its certificate. */
export const s3DaemonName = "s3";

/** Region of the sandbox's buckets: where the clusters of profile kup6s are, as far as S3 knows. */
const region = "eu-central-1";

/** Below this the server isn't started: its database would be torn between two requests. */
const neededBytes = 100e6;
/** The same where it runs already. */
const neededToGoOn = 10e6;

const settingsFile = inRunDir("s3", "server.json");

const settingsSchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

type Keys = z.output<typeof settingsSchema>;

/** How a client reaches the S3 and IAM API, as its administrator. */
export interface S3Server extends Keys {
    /** URL; buckets are addressed by path. */
    endpoint: string;
    region: string;
    /** Path of the PEM certificate of the authority that signed the server's. */
    caFile: string;
    outcome: DaemonOutcome;
}

/** Keys like those of IAM: the id tells its account, which moto reads from it. */
function newKeys(): Keys {
    const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const tail = Array.from({ length: 16 }, () => base32.charAt(randomInt(base32.length))).join("");
    return { accessKeyId: `AKIA${tail}`, secretAccessKey: randomBytes(30).toString("base64url") };
}

function keptKeys(): Keys {
    const parsed = settingsSchema.safeParse(readJsonIfValid(settingsFile));
    return parsed.success ? parsed.data : newKeys();
}

/** Where the API listens. */
export interface S3Address {
    host: string;
    port: number;
}

/**
 * Makes sure that the S3 and IAM API runs. Buckets, objects, users and keys stay over restarts, also after a kill.
 * @param report told what takes long
 * @param address  @default a free port of the loopback interface
 */
export async function ensureS3(
    report: (message: string) => void = () => undefined,
    signal: AbortSignal = new AbortController().signal,
    address?: S3Address,
): Promise<S3Server> {
    const { spec, ...server } = await describeS3(await ensurePython(report, signal), address);
    return { ...server, outcome: await ensureDaemon(spec) };
}

/**
 * The server and its daemon, with its certificate and its keys made; nothing is started.
 * @param python one that has the server's packages
 */
export async function describeS3(
    python: string,
    address?: S3Address,
): Promise<Omit<S3Server, "outcome"> & { spec: DaemonSpec }> {
    requireFreeSpace(inRunDir("s3"), isDaemonAlive(s3DaemonName) ? neededToGoOn : neededBytes);
    const { host, port } = address ?? {
        host: "127.0.0.1",
        port: await PortLedger.load(inRunDir("s3", "ports.json")).claim(s3DaemonName, isDaemonAlive(s3DaemonName)),
    };
    const authority = await Authority.open("s3");
    const hosts = [...new Set(["127.0.0.1", "localhost", host])];
    const certificate = await authority.issue(s3DaemonName, { user: s3DaemonName, hosts });
    const keys = keptKeys();
    const settings = {
        host,
        port,
        certificate: certificate.cert,
        key: certificate.key,
        database: inRunDir("s3", "state.sqlite"),
        ...keys,
    };
    writePrivateFileIfChanged(settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
    const endpoint = `https://${host}:${port}`;
    const program = path.join(__dirname, "server.py");
    const spec: DaemonSpec = {
        name: s3DaemonName,
        command: python,
        args: [program, settingsFile],
        configFiles: [program, settingsFile, certificate.cert],
        port,
        probe: httpProbe({ url: `${endpoint}/-/ready`, ca: authority.certPem }),
        readyTimeoutMs: 60_000,
        graceMs: 2_000,
    };
    return { spec, endpoint, region, caFile: authority.cert, ...keys };
}
