import { expect } from "chai";
import { bucketArn, s3Endpoint } from "../../../components/object-storage/endpoint";
import { settingsSchema } from "../../../config/schema";
import { caCertificate } from "../../support/certificates";

function objectStorage(settings: object) {
    return settingsSchema.parse({ cluster: { name: "test" }, objectStorage: settings }).objectStorage;
}

describe("the S3 endpoint", () => {
    it("is that of the region on AWS", () => {
        expect(s3Endpoint(objectStorage({ kind: "aws", region: "eu-west-1" }))).to.deep.equal({
            endpoint: "s3.eu-west-1.amazonaws.com",
            region: "eu-west-1",
            insecure: false,
            pathStyle: false,
            port: 443,
        });
    });

    it("K-94: is the given one elsewhere, in the region fsn1", () => {
        const settings = objectStorage({
            kind: "compatible",
            endpoint: "https://fsn1.your-objectstorage.com",
            region: "fsn1",
        });
        expect(s3Endpoint(settings)).to.deep.equal({
            endpoint: "fsn1.your-objectstorage.com",
            region: "fsn1",
            insecure: false,
            pathStyle: true,
            port: 443,
        });
    });

    it("keeps a port, and says where there is no TLS", () => {
        const of = (endpoint: string) =>
            s3Endpoint(objectStorage({ kind: "compatible", endpoint, region: "r", pathStyle: false }));
        expect(of("http://minio.storage.svc:9000")).to.deep.include({
            endpoint: "minio.storage.svc:9000",
            insecure: true,
            port: 9000,
            pathStyle: false,
        });
        expect(of("http://minio.storage.svc")).to.deep.include({ endpoint: "minio.storage.svc", port: 80 });
        expect(of("https://s3.example.com:8443/")).to.deep.include({ endpoint: "s3.example.com:8443", port: 8443 });
    });

    it("comes with its own CA, where it has one", () => {
        const settings = { kind: "compatible", endpoint: "https://s3.example.com", region: "r" };
        expect(s3Endpoint(objectStorage({ ...settings, caCertificate })).caCertificate).to.equal(caCertificate);
        expect(s3Endpoint(objectStorage(settings))).to.not.have.property("caCertificate");
    });

    it("takes no endpoint with a path or a login, which no client of ours could use", () => {
        for (const endpoint of ["https://s3.example.com/base", "https://me:secret@s3.example.com", "s3.example.com"]) {
            expect(() => objectStorage({ kind: "compatible", endpoint, region: "r" }), endpoint).to.throw(
                /expected (a URL with scheme|scheme, host)/,
            );
        }
    });

    it("knows the regions that AWS keeps apart", () => {
        const china = objectStorage({ kind: "aws", region: "cn-north-1" });
        expect(s3Endpoint(china).endpoint).to.equal("s3.cn-north-1.amazonaws.com.cn");
        expect(bucketArn(china, "b")).to.equal("arn:aws-cn:s3:::b");
        expect(bucketArn(objectStorage({ kind: "aws", region: "us-gov-west-1" }), "b")).to.equal(
            "arn:aws-us-gov:s3:::b",
        );
    });
});
