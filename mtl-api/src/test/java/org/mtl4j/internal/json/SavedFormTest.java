package org.mtl4j.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.reflect.ClassPath;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.CustomLayer;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.Embedding;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.LastStep;
import org.mtl4j.layer.LayerNormalization;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.layer.SoftArgmax;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.schedule.CosineSchedule;
import org.mtl4j.schedule.LaterSchedule;
import org.mtl4j.schedule.ScaledLearningRate;
import org.mtl4j.schedule.WarmUpSchedule;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import org.nd4j.linalg.schedule.CycleSchedule;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.SigmoidSchedule;
import org.nd4j.linalg.schedule.StepSchedule;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Every type that a description can name has a name of the library's and comes back as it was; no class is named. */
class SavedFormTest {
    private final SavedForm form = new SavedForm(SavedTypes.none());

    static Stream<Object> values() {
        INDArray weights = Nd4j.createFromArray(0.1f, 0.25f, 3);
        ISchedule schedule = new StepSchedule(ScheduleType.ITERATION, 0.11, 0.22, 33);
        List<Object> all = new ArrayList<>(List.of(
                new Sgd(0.125),
                new Adam(0.1, 0.2, 0.3, 0.4),
                new AdaMax(0.1, 0.2, 0.3, 0.4),
                new Nadam(0.1, 0.2, 0.3, 0.4),
                new AMSGrad(0.1, 0.2, 0.3, 0.4),
                new AdaBelief(0.1, 0.2, 0.3, 0.4),
                new AdaDelta(0.1, 0.2),
                new AdaGrad(0.1, 0.2),
                new RmsProp(0.1, 0.2, 0.3),
                new Nesterovs(0.1, 0.2),
                new Nesterovs(schedule, new FixedSchedule(0.75)),
                new Nesterovs(0.1, null, 0.3, new FixedSchedule(0.5), Map.of(12, 0.25, 3, 0.5)),
                new NoOp(),
                schedule,
                new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.2),
                new InverseSchedule(ScheduleType.EPOCH, 0.1, 0.2, 0.3),
                new PolySchedule(ScheduleType.ITERATION, 0.1, 0.2, 3),
                new SigmoidSchedule(ScheduleType.ITERATION, 0.1, 0.2, 3),
                new FixedSchedule(0.1),
                new CycleSchedule(ScheduleType.ITERATION, 0.1, 0.2, 30, 4, 0.5),
                new MapSchedule(ScheduleType.EPOCH, Map.of(0, 0.1, 10, 0.05, 9, 0.07)),
                new CosineSchedule(0.1, 0.01, 3),
                new WarmUpSchedule(new CosineSchedule(0.1, 0.01, 3), 7),
                new LaterSchedule(new CosineSchedule(0.1, 0.01, 3), 40, 2),
                new ScaledLearningRate(new Adam(schedule), 0.5, 2),
                new LossBinaryXENT(1e-4, weights),
                new LossBinaryXENT(),
                new LossCosineProximity(),
                new LossFMeasure(0.75),
                new LossHinge(),
                new LossKLD(),
                new LossL1(weights),
                new LossL2(weights.castTo(DataType.DOUBLE)),
                new LossMAE(weights.castTo(DataType.HALF)),
                new LossMAPE(weights.reshape(1, 3)),
                new LossMCXENT(1e-3, weights),
                new LossMSE(weights),
                new LossMSE(),
                new LossMSLE(weights),
                LossMixtureDensity.builder().gaussians(3).labelWidth(4).build(),
                new LossMultiLabel(),
                new LossNegativeLogLikelihood(weights),
                new LossPoisson(),
                new LossSparseMCXENT(1e-3, weights),
                new LossSquaredHinge(),
                new LossWasserstein(),
                new WingLoss(0.25, 0.5),
                new SmoothL1Loss(0.5),
                new Convolution(3, 4, 5, 2, Padding.SAME, Activation.ELU, false),
                new Pooling(Pooling.Kind.AVERAGE, 3, 2, Padding.SAME),
                new GlobalPooling(Pooling.Kind.MAX),
                new Dense(7, Activation.TANH, false),
                new BatchNormalization(0.75, 1e-3),
                new Dropout(0.25),
                new Activate(Activation.SWISH),
                new Residual(
                        List.of(new NamedLayer("a", Dense.of(3)), new NamedLayer("b", Dense.of(4))),
                        Activation.IDENTITY),
                new SoftArgmax(),
                new Embedding(List.of(16, 3), 0.25),
                new Convolution1D(3, 4, 2, Padding.SAME, Activation.ELU, false),
                Recurrent.lstm(5),
                Recurrent.gru(6),
                new LastStep(),
                new LayerNormalization(1e-3),
                Shape.image(1, 2, 3),
                Shape.vector(4),
                Shape.sequence(5, 6),
                Shape.categories(7, 8),
                Shape.tokens(9, 10)));
        for (Relatedness function : List.of(
                Relatedness.l2(), Relatedness.l2Linear(), Relatedness.exponential(), Relatedness.exponentialLinear())) {
            all.add(function);
            all.add(Relatedness.averaged(function));
        }
        all.addAll(List.of(
                CrossStitchUnit.perChannel(0.7).withLearningRateFactor(3).withTowers("a", "b"),
                NddrUnit.standard(),
                new NddrUnit(0.7, false, Activation.TANH, 100, 0.5, 2, List.of("b", "a")),
                SluiceUnit.of(1),
                new SluiceUnit(3, 0.6, 0.2, 10, 4, List.of("b", "a"))));
        all.addAll(List.of(GroupRelatedness.traceNorm(), GroupRelatedness.tuckerTraceNorm()));
        for (Class<? extends IUpdater> type : List.of(
                Sgd.class,
                Adam.class,
                AdaMax.class,
                Nadam.class,
                AMSGrad.class,
                AdaBelief.class,
                AdaGrad.class,
                RmsProp.class,
                Nesterovs.class)) {
            try {
                IUpdater updater = type.getConstructor().newInstance();
                updater.setLrAndSchedule(Double.NaN, schedule);
                all.add(updater);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_type_comes_back_as_it_was_and_names_no_class(Object value) throws IOException {
        ObjectNode written = value instanceof Shape shape ? form.write(shape) : form.writeKnown(value);
        String text = form.text(written);
        assertThat(text).doesNotContain("org.", "mtl4j", "nd4j", "@class");
        Family<?> family = SavedForm.FAMILIES.stream()
                .filter(one -> one.base().isInstance(value))
                .findFirst()
                .orElse(Layers.SHAPES);
        Object read = form.read(new ObjectMapper().readTree(text), family, "value");
        assertThat(read).isEqualTo(value).hasSameClassAs(value);
        assertThat(form.text(value instanceof Shape shape ? form.write(shape) : form.writeKnown(read)))
                .isEqualTo(text);
    }

    /** What is in ND4J's jar besides the types that have a name, and why it has none. */
    private static final Map<String, String> WITHOUT_NAME =
            Map.of(RampSchedule.class.getName(), "says nothing of what it is made of; refused with a way out");

    @Test
    void all_updaters_schedules_and_losses_of_nd4j_are_among_them() throws Exception {
        Set<String> found = new HashSet<>();
        Path jar = Path.of(IUpdater.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            file.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith("org/nd4j/linalg/") && name.endsWith(".class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .filter(SavedFormTest::isConcreteMember)
                    .forEach(found::add);
        }
        assertThat(found).hasSizeGreaterThan(35);
        Set<String> shown = new HashSet<>(WITHOUT_NAME.keySet());
        values().map(value -> value.getClass().getName())
                .filter(name -> name.startsWith("org.nd4j."))
                .forEach(shown::add);
        assertThat(shown).isEqualTo(found);
    }

    private static boolean isConcreteMember(String name) {
        try {
            Class<?> type = Class.forName(name, false, IUpdater.class.getClassLoader());
            return !type.isInterface()
                    && !Modifier.isAbstract(type.getModifiers())
                    && Stream.of(IUpdater.class, ISchedule.class, ILossFunction.class)
                            .anyMatch(base -> base.isAssignableFrom(type));
        } catch (ClassNotFoundException | LinkageError e) {
            return false; // needs what is not on the class path
        }
    }

    @Test
    void all_layers_and_shapes_of_the_library_are_among_them() {
        Set<Class<?>> layers = new HashSet<>(Arrays.asList(LayerSpec.class.getPermittedSubclasses()));
        layers.remove(CustomLayer.class);
        layers.addAll(Arrays.asList(Shape.class.getPermittedSubclasses()));
        Set<Class<?>> shown = new HashSet<>();
        values().filter(value -> value instanceof LayerSpec || value instanceof Shape)
                .forEach(value -> shown.add(value.getClass()));
        assertThat(shown).isEqualTo(layers);
    }

    @Test
    void all_losses_and_schedules_of_the_library_are_among_them() throws IOException {
        ClassPath classes = ClassPath.from(LayerSpec.class.getClassLoader());
        Set<String> found = Stream.of("org.mtl4j.loss", "org.mtl4j.schedule")
                .flatMap(room -> classes.getTopLevelClasses(room).stream())
                .map(ClassPath.ClassInfo::getName)
                .filter(SavedFormTest::isConcreteMember)
                .collect(Collectors.toSet());
        assertThat(found).hasSizeGreaterThan(3);
        assertThat(values().map(value -> value.getClass().getName())).containsAll(found);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void every_activation_has_a_name(Activation activation) throws IOException {
        Activate layer = new Activate(activation);
        String text = form.text(form.write(layer));
        assertThat(form.read(new ObjectMapper().readTree(text), Layers.FAMILY, "layer"))
                .isEqualTo(layer);
        assertThat(EnumNames.ACTIVATIONS.nameOf(activation)).matches("[a-z0-9]+(-[a-z0-9]+)*");
    }

    @Test
    void a_type_that_cannot_be_saved_says_so_by_its_name() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> form.write(new RampSchedule(new FixedSchedule(0.1), 5)))
                .withMessageContaining("org.nd4j.linalg.schedule.RampSchedule cannot be saved")
                .withMessageContaining("WarmUpSchedule");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> form.write(new Adam(new RampSchedule(new FixedSchedule(0.1), 5))))
                .withMessageContaining("RampSchedule");
    }

    @Test
    void what_is_missing_wrong_or_too_much_is_refused_with_its_place() {
        for (String[] change : new String[][] {
            {"\"units\":7", "\"units\":\"7\"", "layer: 'units' is to be a whole number of 32 bits, got \"7\""},
            {"\"units\":7", "\"units\":7.5", "layer: 'units' is to be a whole number"},
            {"\"units\":7", "\"units\":99999999999", "layer: 'units' is to be a whole number"},
            {"\"units\":7,", "", "layer: 'units' is missing"},
            {"\"units\":7", "\"units\":null", "layer: 'units' is missing"},
            {"\"units\":7", "\"units\":7,\"more\":1", "layer: 'more' is not known here"},
            {"\"tanh\"", "\"tan\"", "layer, 'activation': 'tan' is not known; there are [cube, elu"},
            {"\"dense\"", "\"dens\"", "layer: there is no layer 'dens'"},
            {"\"dense\"", "\"adam\"", "layer: there is no layer 'adam'"},
            {"\"units\":7", "\"units\":0", "units must be at least 1, got 0"}
        }) {
            String good = "{\"type\":\"dense\",\"units\":7,\"activation\":\"tanh\",\"bias\":false}";
            String bad = good.replace(change[0], change[1]);
            assertThat(bad).isNotEqualTo(good);
            assertThatIllegalArgumentException()
                    .as(bad)
                    .isThrownBy(() -> form.read(new ObjectMapper().readTree(bad), Layers.FAMILY, "layer"))
                    .withMessageContaining(change[2]);
        }
    }
}
