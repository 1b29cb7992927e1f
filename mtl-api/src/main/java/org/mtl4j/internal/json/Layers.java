package org.mtl4j.internal.json;

import java.util.List;
import java.util.Map;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.Embedding;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.LastStep;
import org.mtl4j.layer.LayerNormalization;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.layer.SoftArgmax;

/** Names layers and shapes, and their fields. */
final class Layers {
    private static final String ACTIVATION = "activation";
    private static final String KIND = "kind";
    private static final String STRIDE = "stride";
    private static final String PADDING = "padding";
    private static final String BIAS = "bias";
    private static final String LAYERS = "layers";
    private static final String HEIGHT = "height";
    private static final String WIDTH = "width";

    static final Family<LayerSpec> FAMILY = new Family<>(
            "layer",
            LayerSpec.class,
            List.of(
                    new Kind<>(
                            "convolution",
                            Convolution.class,
                            (l, out, form) -> out.put("channels", l.channels())
                                    .put("kernelHeight", l.kernelHeight())
                                    .put("kernelWidth", l.kernelWidth())
                                    .put(STRIDE, l.stride())
                                    .put(PADDING, EnumNames.PADDINGS.nameOf(l.padding()))
                                    .put(ACTIVATION, EnumNames.ACTIVATIONS.nameOf(l.activation()))
                                    .put(BIAS, l.bias()),
                            (in, form) -> new Convolution(
                                    in.integer("channels"),
                                    in.integer("kernelHeight"),
                                    in.integer("kernelWidth"),
                                    in.integer(STRIDE),
                                    in.oneOf(PADDING, EnumNames.PADDINGS),
                                    in.oneOf(ACTIVATION, EnumNames.ACTIVATIONS),
                                    in.flag(BIAS))),
                    new Kind<>(
                            "pooling",
                            Pooling.class,
                            (l, out, form) -> out.put(KIND, EnumNames.POOLINGS.nameOf(l.kind()))
                                    .put("kernel", l.kernel())
                                    .put(STRIDE, l.stride())
                                    .put(PADDING, EnumNames.PADDINGS.nameOf(l.padding())),
                            (in, form) -> new Pooling(
                                    in.oneOf(KIND, EnumNames.POOLINGS),
                                    in.integer("kernel"),
                                    in.integer(STRIDE),
                                    in.oneOf(PADDING, EnumNames.PADDINGS))),
                    new Kind<>(
                            "global-pooling",
                            GlobalPooling.class,
                            (l, out, form) -> out.put(KIND, EnumNames.POOLINGS.nameOf(l.kind())),
                            (in, form) -> new GlobalPooling(in.oneOf(KIND, EnumNames.POOLINGS))),
                    new Kind<>(
                            "dense",
                            Dense.class,
                            (l, out, form) -> out.put("units", l.units())
                                    .put(ACTIVATION, EnumNames.ACTIVATIONS.nameOf(l.activation()))
                                    .put(BIAS, l.bias()),
                            (in, form) -> new Dense(
                                    in.integer("units"), in.oneOf(ACTIVATION, EnumNames.ACTIVATIONS), in.flag(BIAS))),
                    new Kind<>(
                            "batch-normalization",
                            BatchNormalization.class,
                            (l, out, form) -> out.put("decay", l.decay()).put("epsilon", l.epsilon()),
                            (in, form) -> new BatchNormalization(in.number("decay"), in.number("epsilon"))),
                    new Kind<>(
                            "dropout",
                            Dropout.class,
                            (l, out, form) -> out.put("rate", l.rate()),
                            (in, form) -> new Dropout(in.number("rate"))),
                    new Kind<>(
                            "activation",
                            Activate.class,
                            (l, out, form) -> out.put(ACTIVATION, EnumNames.ACTIVATIONS.nameOf(l.activation())),
                            (in, form) -> new Activate(in.oneOf(ACTIVATION, EnumNames.ACTIVATIONS))),
                    new Kind<>(
                            "residual",
                            Residual.class,
                            (l, out, form) -> {
                                out.put(ACTIVATION, EnumNames.ACTIVATIONS.nameOf(l.activation()));
                                out.set(LAYERS, form.writeLayers(l.layers()));
                            },
                            (in, form) -> new Residual(
                                    form.readLayers(in, LAYERS), in.oneOf(ACTIVATION, EnumNames.ACTIVATIONS))),
                    Kind.plain("soft-argmax", SoftArgmax.class, SoftArgmax::new),
                    new Kind<>(
                            "embedding",
                            Embedding.class,
                            (l, out, form) -> {
                                l.dimensions().forEach(out.putArray("dimensions")::add);
                                out.put("startNorm", l.startNorm());
                            },
                            (in, form) -> new Embedding(in.integers("dimensions"), in.number("startNorm"))),
                    new Kind<>(
                            "convolution-1d",
                            Convolution1D.class,
                            (l, out, form) -> out.put("features", l.features())
                                    .put("kernel", l.kernel())
                                    .put(STRIDE, l.stride())
                                    .put(PADDING, EnumNames.PADDINGS.nameOf(l.padding()))
                                    .put(ACTIVATION, EnumNames.ACTIVATIONS.nameOf(l.activation()))
                                    .put(BIAS, l.bias()),
                            (in, form) -> new Convolution1D(
                                    in.integer("features"),
                                    in.integer("kernel"),
                                    in.integer(STRIDE),
                                    in.oneOf(PADDING, EnumNames.PADDINGS),
                                    in.oneOf(ACTIVATION, EnumNames.ACTIVATIONS),
                                    in.flag(BIAS))),
                    new Kind<>(
                            "recurrent",
                            Recurrent.class,
                            (l, out, form) -> out.put("cell", EnumNames.CELLS.nameOf(l.cell()))
                                    .put("units", l.units()),
                            (in, form) -> new Recurrent(in.oneOf("cell", EnumNames.CELLS), in.integer("units"))),
                    Kind.plain("last-step", LastStep.class, LastStep::new),
                    new Kind<>(
                            "layer-normalization",
                            LayerNormalization.class,
                            (l, out, form) -> out.put("epsilon", l.epsilon()),
                            (in, form) -> new LayerNormalization(in.number("epsilon")))),
            Map.of());

    static final Family<Shape> SHAPES = new Family<>(
            "shape",
            Shape.class,
            List.of(
                    new Kind<>(
                            "image",
                            Shape.Image.class,
                            (s, out, form) -> out.put("channels", s.channels())
                                    .put(HEIGHT, s.height())
                                    .put(WIDTH, s.width()),
                            (in, form) ->
                                    new Shape.Image(in.integer("channels"), in.integer(HEIGHT), in.integer(WIDTH))),
                    new Kind<>(
                            "vector",
                            Shape.Vector.class,
                            (s, out, form) -> out.put("size", s.size()),
                            (in, form) -> new Shape.Vector(in.integer("size"))),
                    new Kind<>(
                            "sequence",
                            Shape.Sequence.class,
                            (s, out, form) -> out.put("features", s.features()).put("steps", s.steps()),
                            (in, form) -> new Shape.Sequence(in.integer("features"), in.integer("steps"))),
                    new Kind<>(
                            "categories",
                            Shape.Categories.class,
                            (s, out, form) -> s.sizes().forEach(out.putArray("sizes")::add),
                            (in, form) -> new Shape.Categories(in.integers("sizes"))),
                    new Kind<>(
                            "tokens",
                            Shape.Tokens.class,
                            (s, out, form) ->
                                    out.put("vocabulary", s.vocabulary()).put("steps", s.steps()),
                            (in, form) -> new Shape.Tokens(in.integer("vocabulary"), in.integer("steps")))),
            Map.of());

    private Layers() {}
}
