import { z } from "zod";
import { componentImages, pinned, versionOfImage, type ComponentImage } from "../versions";

const digest = /@sha256:[0-9a-f]{64}$/;

/** An image that can be pulled again tomorrow: with a version in its tag, or a digest. */
const imageReference = (component: ComponentImage) =>
    z
        .string()
        .regex(/^[a-z0-9][a-z0-9.:-]*(\/[a-z0-9._-]+)+(:[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?$/, {
            error: "expected an image with its registry, such as registry.example.com/team/image:v1.2.3",
        })
        .refine((image) => digest.test(image) || versionOfImage(image) !== undefined, {
            error: "expected a tag that starts with a version, such as :v1.2.3, or a digest (@sha256:...)",
        })
        .optional()
        .describe(`Image of ${component}; default: ${pinned[component].repository} ${pinned[component].deployed}`);

export const imagesSchema = z
    .strictObject(
        Object.fromEntries(componentImages.map((component) => [component, imageReference(component)])) as Record<
            ComponentImage,
            ReturnType<typeof imageReference>
        >,
    )
    .prefault({})
    .describe(
        "Images in place of the pinned ones, from a mirror for example; a digest without a tag is taken for the pinned version",
    );
