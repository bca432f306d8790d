/**
 * `Struct`, in which the inputs and outputs of resources travel, at a cost that grows with its size. google-protobuf's own
 * walks all that is below a value again at each level that it is put into: the CRDs, whose nodes are sixteen levels deep
 * on average, cost seconds. Its reader and writer are linear; on them a `Struct` is kept as the bytes of its fields here.
 * What goes over the wire is the same.
 */
import { BinaryReader, BinaryWriter } from "google-protobuf";
import { type JavaScriptValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";

type WireObject = Record<string, JavaScriptValue>;

// The numbers of fields in google/protobuf/struct.proto.
const kinds: Readonly<Record<keyof typeof Value.KindCase, number>> = Value.KindCase;
const STRUCT_FIELDS = 1;
const LIST_VALUES = 1;
/** An entry of a map is a message of its own. */
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** Entries of the map `fields` in encoded form; of a struct that isn't here google-protobuf keeps them. */
const encodedEntries = new WeakMap<Struct, readonly Uint8Array[]>();

/** What is replaced of the class {@link Struct}. */
interface Implementation {
    readonly statics: {
        readonly fromJavaScript: (object: WireObject) => Struct;
        readonly serializeBinaryToWriter: (struct: Struct, writer: BinaryWriter) => void;
        readonly deserializeBinaryFromReader: (struct: Struct, reader: BinaryReader) => Struct;
    };
    readonly methods: {
        readonly toJavaScript: (this: Struct) => WireObject;
        readonly getFieldsMap: (this: Struct, noLazyCreate?: boolean) => ReturnType<Struct["getFieldsMap"]>;
    };
}

function implementationOf(statics: Implementation["statics"], methods: Implementation["methods"]): Implementation {
    const { fromJavaScript, serializeBinaryToWriter, deserializeBinaryFromReader } = statics;
    const { toJavaScript, getFieldsMap } = methods;
    return {
        statics: { fromJavaScript, serializeBinaryToWriter, deserializeBinaryFromReader },
        methods: { toJavaScript, getFieldsMap },
    };
}

const own = implementationOf(Struct, Struct.prototype);

/** In the order of google-protobuf: the engine sends the same map in another one each time. */
function sorted<T>(entries: [string, T][]): [string, T][] {
    return entries.sort(([one], [other]) => (one < other ? -1 : 1));
}

function writeMessage(writer: BinaryWriter, field: number, write: () => void): void {
    // Nothing is written for null, so something has to stand for the value.
    writer.writeMessage(field, write, write);
}

function writeValue(writer: BinaryWriter, value: JavaScriptValue): void {
    if (value === null) {
        writer.writeEnum(kinds.NULL_VALUE, 0);
    } else if (typeof value === "string") {
        writer.writeString(kinds.STRING_VALUE, value);
    } else if (typeof value === "number") {
        writer.writeDouble(kinds.NUMBER_VALUE, value);
    } else if (typeof value === "boolean") {
        writer.writeBool(kinds.BOOL_VALUE, value);
    } else if (Array.isArray(value)) {
        writeMessage(writer, kinds.LIST_VALUE, () => {
            for (const item of value as JavaScriptValue[]) {
                writeMessage(writer, LIST_VALUES, () => {
                    writeValue(writer, item);
                });
            }
        });
    } else if (typeof value === "object") {
        writeMessage(writer, kinds.STRUCT_VALUE, () => {
            for (const [key, item] of sorted(Object.entries(value as WireObject))) {
                writeMessage(writer, STRUCT_FIELDS, () => {
                    writeEntry(writer, key, item);
                });
            }
        });
    } else {
        throw new Error(`A Struct can't hold a value of type ${typeof value}.`);
    }
}

function writeEntry(writer: BinaryWriter, key: string, value: JavaScriptValue): void {
    writer.writeString(ENTRY_KEY, key);
    writeMessage(writer, ENTRY_VALUE, () => {
        writeValue(writer, value);
    });
}

function encodeEntry([key, value]: [string, JavaScriptValue]): Uint8Array {
    const writer = new BinaryWriter();
    writeEntry(writer, key, value);
    return writer.getResultBuffer();
}

/** Reads the message that starts here, field by field; `readField` has to read each, or skip it. */
function readMessage(reader: BinaryReader, readField: (field: number) => void): void {
    reader.readMessage(undefined, () => {
        readFields(reader, readField);
    });
}

function readFields(reader: BinaryReader, readField: (field: number) => void): void {
    while (reader.nextField() && !reader.isEndGroup()) {
        readField(reader.getFieldNumber());
    }
}

function readValue(reader: BinaryReader): JavaScriptValue {
    let value: JavaScriptValue | undefined;
    readMessage(reader, (field) => {
        switch (field) {
            case kinds.NULL_VALUE:
                reader.readEnum();
                value = null;
                break;
            case kinds.NUMBER_VALUE:
                value = reader.readDouble();
                break;
            case kinds.STRING_VALUE:
                value = reader.readString();
                break;
            case kinds.BOOL_VALUE:
                value = reader.readBool();
                break;
            case kinds.STRUCT_VALUE:
                value = readObject(reader);
                break;
            case kinds.LIST_VALUE:
                value = readList(reader);
                break;
            default:
                reader.skipField();
        }
    });
    if (value === undefined) {
        throw new Error("A Struct holds a value of no kind.");
    }
    return value;
}

function readList(reader: BinaryReader): JavaScriptValue[] {
    const list: JavaScriptValue[] = [];
    readMessage(reader, (field) => {
        if (field === LIST_VALUES) {
            list.push(readValue(reader));
        } else {
            reader.skipField();
        }
    });
    return list;
}

function readObject(reader: BinaryReader): WireObject {
    const entries: [string, JavaScriptValue][] = [];
    readMessage(reader, (field) => {
        if (field === STRUCT_FIELDS) {
            reader.readMessage(undefined, () => {
                entries.push(readEntry(reader));
            });
        } else {
            reader.skipField();
        }
    });
    return Object.fromEntries(sorted(entries));
}

function readEntry(reader: BinaryReader): [string, JavaScriptValue] {
    let key = "";
    let value: JavaScriptValue | undefined;
    readFields(reader, (field) => {
        if (field === ENTRY_KEY) {
            key = reader.readString();
        } else if (field === ENTRY_VALUE) {
            value = readValue(reader);
        } else {
            reader.skipField();
        }
    });
    if (value === undefined) {
        throw new Error(`A Struct holds no value for the key "${key}".`);
    }
    return [key, value];
}

function makeStruct(object: WireObject): Struct {
    const struct = new Struct();
    encodedEntries.set(struct, sorted(Object.entries(object)).map(encodeEntry));
    return struct;
}

function writeStruct(struct: Struct, writer: BinaryWriter): void {
    const entries = encodedEntries.get(struct);
    if (entries === undefined) {
        own.statics.serializeBinaryToWriter(struct, writer);
        return;
    }
    for (const entry of entries) {
        writer.writeBytes(STRUCT_FIELDS, entry);
    }
}

function readStruct(struct: Struct, reader: BinaryReader): Struct {
    const entries: Uint8Array[] = [];
    readFields(reader, (field) => {
        if (field === STRUCT_FIELDS) {
            entries.push(reader.readBytes());
        } else {
            reader.skipField();
        }
    });
    encodedEntries.set(struct, entries);
    return struct;
}

/** Whoever asks for the messages gets them, and may change them: from then on they are the struct. */
function toMessages(struct: Struct): void {
    if (encodedEntries.has(struct)) {
        const bytes = struct.serializeBinary();
        encodedEntries.delete(struct);
        own.statics.deserializeBinaryFromReader(struct, new BinaryReader(bytes));
    }
}

const linear: Implementation = {
    statics: {
        fromJavaScript: makeStruct,
        serializeBinaryToWriter: writeStruct,
        deserializeBinaryFromReader: readStruct,
    },
    methods: {
        toJavaScript(this: Struct) {
            const entries = encodedEntries.get(this);
            return entries === undefined
                ? own.methods.toJavaScript.call(this)
                : Object.fromEntries(sorted(entries.map((entry) => readEntry(new BinaryReader(entry)))));
        },
        getFieldsMap(this: Struct, noLazyCreate) {
            toMessages(this);
            return own.methods.getFieldsMap.call(this, noLazyCreate);
        },
    },
};

function use({ statics, methods }: Implementation): void {
    Object.assign(Struct, statics);
    Object.assign(Struct.prototype, methods);
}

/** Replaces google-protobuf's own implementation in this process. */
export function useLinearStructs(): void {
    use(linear);
}

/** Takes {@link useLinearStructs} back. */
export function useOwnStructs(): void {
    use(own);
}
