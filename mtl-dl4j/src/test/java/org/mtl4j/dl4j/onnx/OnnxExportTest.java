package org.mtl4j.dl4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.EveryNetwork;
import org.nd4j.linalg.api.buffer.DataType;

/** ONNX Runtime answers as the model does, for each kind of layer, unit, gate and task. */
class OnnxExportTest {
    @ParameterizedTest
    @MethodSource("org.mtl4j.dl4j.testing.EveryNetwork#all")
    void onnx_runtime_answers_as_the_model_does(EveryNetwork.Case each) throws OrtException {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            Dl4jModel model = EveryNetwork.drawn(each.network(), type);
            OnnxAnswers.assertAlike(model, model, OnnxAnswers.ROUNDING);
        }
        Dl4jModel half = EveryNetwork.drawn(each.network(), DataType.HALF);
        OnnxAnswers.assertAlike(half, half.withPlan(half.plan().withDataType(DataType.FLOAT)), OnnxAnswers.ROUNDING);
        OnnxAnswers.assertAlike(half, half, OnnxAnswers.HALF_ROUNDING);
    }
}
