import "@ddl/deform-conv/webgl";
import "./deformConv2d.conformance.test.js";
import "./deformConv2dTranspose.conformance.test.js";
