import org.mtl4j.dl4j.Dl4jModel
import org.mtl4j.layer.Shape
import org.mtl4j.network.MultiTaskNetwork
import org.mtl4j.network.SplitHead
import org.mtl4j.sharing.CrossStitchUnit
import org.mtl4j.task.Task
import org.mtl4j.train.FitOptions
import org.mtl4j.train.TrainingPlan
import org.mtl4j.train.batches.ArrayBatches
import org.nd4j.linalg.factory.Nd4j

fun main() {
    val features = Nd4j.rand(256, 4)
    val network = MultiTaskNetwork.builder(Shape.vector(4))
        .tower("sum", SplitHead.of(Task.regression("sum", 1)))
        .tower("mean", SplitHead.of(Task.regression("mean", 1)))
        .dense("fc", 16).stitch(CrossStitchUnit.perLayer())
        .build()
    val model = Dl4jModel.create(network, TrainingPlan.adam(1e-2))
    model.fit(ArrayBatches.of(features, features.sum(true, 1), features.mean(true, 1)), FitOptions.epochs(5))
    println("first answer: ${model.predict(features).of("sum").getDouble(0)}")
}
