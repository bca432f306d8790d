import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", ".sandbox/", "**/*.mjs"] },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    ...tseslint.configs.stylisticTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            // A resource is often made for its effect alone: `new k8s.core.v1.Namespace(...)`.
            "no-new": "off",
            // It recurses without end on a recursive type that holds a class (seen in typescript-eslint 8.73.0).
            "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
            // Files that Grafana provisions are of the first schema; the second is for its API.
            "@typescript-eslint/no-deprecated": [
                "error",
                {
                    allow: [
                        {
                            from: "package",
                            package: "@grafana/grafana-foundation-sdk",
                            name: ["Dashboard", "DashboardBuilder"],
                        },
                    ],
                },
            ],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
        },
    },
    {
        // What they share with those is in components/operated, below all three.
        files: ["components/metrics/**/*.ts", "components/operated/**/*.ts"],
        rules: {
            "no-restricted-imports": ["error", { patterns: ["../alerting*", "../long-term*"] }],
        },
    },
    {
        files: ["tests/**/*.ts"],
        rules: {
            // chai's assertions are property reads: `expect(x).to.be.true`.
            "@typescript-eslint/no-unused-expressions": "off",
            // A test states what it expects; a missing value then fails it, which is wanted.
            "@typescript-eslint/no-non-null-assertion": "off",
        },
    },
);
