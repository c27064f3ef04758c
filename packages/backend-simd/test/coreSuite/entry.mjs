import "./boot.mjs";
import "./setup.mjs";
import "@tensorflow/tfjs-core/dist/tests";
import "./run.mjs";
