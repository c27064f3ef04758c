// The globals of jasmine, before the tests of tfjs-core are loaded, which call them.
import jasmineRequire from "jasmine-core";

const jasmine = jasmineRequire.boot(jasmineRequire);
for (const key of Object.keys(jasmine)) if (!(key in globalThis)) globalThis[key] = jasmine[key];
globalThis.bootedJasmine = jasmine;
