// Which package may import which: imports go downward only. scripts/workspace/layers.test.ts proves that each rule fires.

/** What each published package may import of ours, beside itself. */
const allowed = {
  core: [],
  simd: ["core"],
  ndimage: ["core", "simd"],
  metrics: ["core", "ndimage"],
  "backend-simd": ["core", "simd"],
  levelsets: ["core", "ndimage", "simd"],
  snakes: ["core", "ndimage", "simd"],
  losses: ["core", "ndimage"],
  "deform-conv": ["core", "simd", "backend-simd"],
  backbones: ["core", "deform-conv", "backend-simd"],
  unet: ["core", "ndimage", "deform-conv", "backend-simd", "backbones"],
  training: ["core", "losses", "metrics", "backbones"],
  datasets: ["core", "ndimage"],
};

/** Packages whose sources may import TensorFlow.js; of core only the sub-path `tensor`. */
const withTensors = [
  "core/src/tensor",
  "backend-simd/src",
  "losses/src",
  "deform-conv/(src|bench)",
  "metrics/src/layers",
  "backbones/src",
  "unet/src",
  "training/src",
];

const layers = Object.entries(allowed).map(([name, below]) => {
  const own = [name, ...below].join("|");
  return {
    name: `layer-${name}`,
    comment: `@ddl/${name} may import ${below.length === 0 ? "no other package of ours" : below.join(", ")}.`,
    severity: "error",
    from: { path: `^packages/${name}/src/` },
    // An import that the manifest does not list stays unresolved, under its name.
    to: { path: `^(packages/(?!(${own})/)|@ddl/(?!(${own})(/|$))|examples/)` },
  };
});

module.exports = {
  forbidden: [
    ...layers,
    {
      name: "tensors-above-only",
      comment: "Classical packages and metrics work without TensorFlow.js.",
      severity: "error",
      from: {
        path: "^packages/",
        pathNot: [`^packages/(${withTensors.join("|")})`, "^packages/(testing|[^/]+/test)/"],
      },
      to: { path: "(^|/)@tensorflow/" },
    },
    {
      name: "testing-in-tests-only",
      comment: "@ddl/testing is private: sources that import it could not be published.",
      severity: "error",
      from: { path: "^packages/(?!testing/)[^/]+/src/|^examples/[^/]+/src/" },
      to: { path: "^packages/testing/|^@ddl/testing" },
    },
    {
      name: "packages-by-name",
      comment:
        "A package is entered through its exports, never by a path into its folder. AssemblyScript, which is compiled into one module, knows no exports.",
      severity: "error",
      from: { path: "^(packages|examples)/([^/]+)/", pathNot: "[/.]assembly\\.ts$" },
      to: { path: "^(packages|examples)/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "no-circle",
      comment: "Files that import each other in a circle have no order in which they could be read.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-undeclared",
      comment: "What a source imports stands in its package's dependencies or peers.",
      severity: "error",
      from: { path: "^(packages|examples)/[^/]+/src/" },
      // A peer is a development dependency too, for the tests. What is of @stdlib is bundled.
      to: {
        pathNot: "(^|/)@stdlib/",
        dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"],
        dependencyTypesNot: ["npm", "npm-peer"],
      },
    },
    {
      name: "no-unresolvable",
      comment: "Every import leads somewhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^@ddl/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|examples)/[^/]+/dist/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@ddl/source", "import", "node", "require", "types", "default"],
      mainFields: ["module", "main", "types"],
    },
  },
};
