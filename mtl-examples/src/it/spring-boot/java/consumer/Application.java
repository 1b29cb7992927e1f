package consumer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.serving.Predictors;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Predictor;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.nd4j.linalg.factory.Nd4j;

/** Answers by a predictor that is a bean, loaded from a file when the program starts. */
@SpringBootApplication(proxyBeanMethods = false)
public class Application {
    private static final float[] ASKED = {0.1f, -0.2f, 0.3f, 0.4f};

    /** Is closed when the application ends. */
    @Bean(destroyMethod = "close")
    Predictor predictor() throws IOException {
        Path file = Files.createTempFile("consumer", ".mtl");
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("sum", SplitHead.of(Task.regression("sum", 1).withStart(OutputStart.RANDOM)))
                        .tower("sign", SplitHead.of(Task.classification("sign", "negative", "positive")))
                        .dense("fc", 16)
                        .stitch(CrossStitchUnit.perLayer())
                        .build(),
                TrainingPlan.adam(1e-2).withSeed(7));
        model.save(file);
        Predictor predictor = Predictors.load(file);
        Files.delete(file);
        predictor.warmUp();
        float expected = model.predict(Nd4j.create(new float[][] {ASKED})).of("sum").getFloat(0);
        float found = predictor.predict(ASKED).of("sum")[0];
        if (!(Math.abs(found - expected) <= 1e-5 * Math.abs(expected))) {
            throw new AssertionError("the predictor says " + found + ", the model " + expected);
        }
        return predictor;
    }

    @Bean
    CommandLineRunner ask(Predictor predictor) {
        return arguments -> System.out.printf(
                "loaded by %s: %s answers %s%n",
                predictor.getClass().getClassLoader().getClass().getSimpleName(),
                predictor,
                Arrays.toString(predictor.predict(ASKED).of("sum")));
    }

    /** Starts, answers, and ends. */
    public static void main(String[] arguments) {
        try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, arguments)) {
            System.out.println("answered: " + context.isActive());
        }
    }
}
