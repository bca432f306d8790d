import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { PartialFailure, ProviderError, type ProviderErrorCode } from "./types";
import { encodeProperties } from "./wire";

/** Header in which gRPC carries structured details of an error. */
const DETAILS_HEADER = "grpc-status-details-bin";

const codes: Record<ProviderErrorCode, status> = {
    "invalid-argument": status.INVALID_ARGUMENT,
    "not-found": status.NOT_FOUND,
    unimplemented: status.UNIMPLEMENTED,
    unavailable: status.UNAVAILABLE,
    unknown: status.UNKNOWN,
};

function partialFailureDetails(failure: PartialFailure): Metadata {
    const detail = new ErrorResourceInitFailed();
    detail.setId(failure.id);
    detail.setProperties(encodeProperties(failure.properties));
    detail.setInputs(encodeProperties(failure.inputs));
    detail.setReasonsList(failure.reasons);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const wrapped = new Status();
    wrapped.setCode(status.UNKNOWN);
    wrapped.setMessage(failure.message);
    wrapped.addDetails(any);
    const metadata = new Metadata();
    metadata.set(DETAILS_HEADER, Buffer.from(wrapped.serializeBinary()));
    return metadata;
}

/** What gRPC sends for an error that a provider threw. The message is for the user; no stack travels. */
export function toServiceError(error: unknown): Pick<ServiceError, "code" | "details" | "metadata"> {
    if (error instanceof PartialFailure) {
        return { code: status.UNKNOWN, details: error.message, metadata: partialFailureDetails(error) };
    }
    const code = error instanceof ProviderError ? codes[error.code] : status.UNKNOWN;
    const details = error instanceof Error ? error.message : String(error);
    return { code, details, metadata: new Metadata() };
}
