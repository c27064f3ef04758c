// The backend under test: DDL_BACKEND, `simd` or `cpu`; DDL_SIMD_OPTIONS are the options of registerSimdBackend.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { registerSimdBackend } from "@ddl/backend-simd";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";

const options = process.env.DDL_SIMD_OPTIONS;
if (options !== undefined) registerSimdBackend(JSON.parse(options));
const backendName = process.env.DDL_BACKEND ?? "simd";
setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
