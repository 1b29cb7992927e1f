package org.mtl4j.dl4j.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import onnx.Onnx.ModelProto;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.program.Lowering;
import org.mtl4j.dl4j.internal.program.Masks;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.FileProblem;
import org.mtl4j.internal.io.Versions;
import org.mtl4j.layer.Shape;

/**
 * Writes what a trained network computes in predictions as an ONNX model: IR version 8, operator set 17, single
 * precision.
 *
 * <pre>{@code
 * OnnxExport.of(model).withMetadata("trained", "2024-05-02").write(Path.of("faces.onnx"));
 * }</pre>
 *
 * <ul>
 *   <li><b>Inputs</b> have the names and shapes that the network's have, with a batch size that is open: {@code [batch,
 *       channels, height, width]}, {@code [batch, size]}, {@code [batch, features, steps]}. Codes, {@code [batch,
 *       columns]} or {@code [batch, steps]}, are whole numbers of 32 bits, everything else is single precision. If the
 *       model was trained on sequences with masks, a sequence {@code x} has a second input {@code x_mask [batch,
 *       steps]}, 1 where there is a step and 0 where there is none ({@code x_mask_} if an input or a task is called
 *       {@code x_mask}); {@link #withMasks} adds these to others, {@link #withoutMasks} leaves them out.
 *   <li><b>Outputs</b> are called as the tasks, {@code [batch, outputs]}: what
 *       {@link org.mtl4j.train.MultiTaskModel#predict} gives, probabilities of classes and real numbers.
 *   <li><b>Metadata</b> says how to prepare inputs and read outputs: {@link #metadata()}.
 * </ul>
 *
 * Everything is written as what it means: layers that are fused, or compute in another memory layout, are the usual
 * ones, units are products and sums. Weights of double precision are rounded, those of half precision are exact. A
 * layer that no operations stand for, such as one of your own, is refused by its name and place.
 *
 * <p>An export has no numbers of its own: weights are those of the moment when it is written. Immutable, and safe for
 * any number of threads as long as none trains the network.
 */
public final class OnnxExport {
    private static final String NAME = "MTL4J network";
    private static final String OWN_KEYS = "mtl4j.";

    private final Function<Masks, Program> lowering;
    private final Map<String, String> ofModel;
    private final Map<String, String> given;
    private final Masks masks;

    private OnnxExport(
            Function<Masks, Program> lowering, Map<String, String> ofModel, Map<String, String> given, Masks masks) {
        this.lowering = lowering;
        this.ofModel = ofModel;
        this.given = given;
        this.masks = masks;
    }

    /**
     * {@return an export of a model}
     *
     * @throws IllegalArgumentException if the network has a part that cannot be exported; the message names it and its
     *     place
     */
    public static OnnxExport of(Dl4jModel model) {
        Objects.requireNonNull(model, "model");
        return checked(
                masks -> Lowering.of(model.network(), model.graph(), masks),
                ModelMetadata.of(model, version()),
                model.needsMasks());
    }

    /**
     * {@return an export of any graph of layers of this library and of Deeplearning4j} Outputs are called as those of
     * the graph.
     *
     * @param graph one of your own, or that of a {@link org.mtl4j.dl4j.join.StitchedGraph}; channels come first
     * @param inputs by name of the graph's inputs the shapes of one example
     * @throws IllegalArgumentException if the shape of an input is missing, or the graph has a part that cannot be
     *     exported; the message names it
     */
    public static OnnxExport of(ComputationGraph graph, Map<String, Shape> inputs) {
        Objects.requireNonNull(graph, "graph");
        Map<String, Shape> shapes = Map.copyOf(inputs);
        return checked(masks -> Lowering.of(graph, shapes, masks), ModelMetadata.of(version()), false);
    }

    private static OnnxExport checked(
            Function<Masks, Program> lowering, Map<String, String> ofModel, boolean needsMasks) {
        OnnxExport export = new OnnxExport(lowering, ofModel, Map.of(), needsMasks ? Masks.GIVEN : Masks.NONE);
        export.model(); // so that what cannot be written is refused at once
        return export;
    }

    private static String version() {
        return Versions.beside(Dl4jModel.class).orElse("unknown");
    }

    /**
     * {@return this export with something more in its metadata}
     *
     * @param key not blank; those that begin with {@code mtl4j.} are the library's own
     * @throws IllegalArgumentException if the key is blank or one of those
     */
    public OnnxExport withMetadata(String key, String value) {
        if (key.isBlank() || key.startsWith(OWN_KEYS)) {
            throw new IllegalArgumentException(
                    "a key of metadata is not blank and does not begin with '%s', which is the library's own; got '%s'"
                            .formatted(OWN_KEYS, key));
        }
        Map<String, String> more = new LinkedHashMap<>(given);
        more.put(key, Objects.requireNonNull(value, "value"));
        return new OnnxExport(lowering, ofModel, more, masks);
    }

    /**
     * {@return this export with an input for the mask of each sequence}
     *
     * @throws IllegalArgumentException if a layer reads a sequence, and it is not known what it makes of masks, as of
     *     most of Deeplearning4j's own
     */
    public OnnxExport withMasks() {
        OnnxExport export = new OnnxExport(lowering, ofModel, given, Masks.GIVEN);
        export.model();
        return export;
    }

    /** {@return this export with no inputs for masks} All steps of all sequences are then taken to be there. */
    public OnnxExport withoutMasks() {
        return new OnnxExport(lowering, ofModel, given, Masks.NONE);
    }

    /**
     * {@return what the file says besides the network, by key}
     *
     * <ul>
     *   <li>{@code mtl4j.version}: of the library.
     *   <li>{@code mtl4j.tasks}: JSON, an array with name, kind, outputs and names of the classes of each task.
     *   <li>{@code mtl4j.inputs}: JSON, an array with name, kind and shape of each input.
     *   <li>{@code mtl4j.seed}: of the training plan.
     *   <li>{@code mtl4j.encoding}: JSON, the encoders of a table, {@link org.mtl4j.data.TableEncoding#toJson}, if the
     *       model has them; {@code labelScales} in it says how outputs are scaled back to a table's units.
     *   <li>All {@linkplain org.mtl4j.train.MultiTaskModel#properties properties} of the model under their own keys: of
     *       models of faces {@code crop.size}, {@code crop.margin} and {@code crop.pixels}.
     *   <li>What {@link #withMetadata} has added; it replaces properties of the same key.
     * </ul>
     *
     * Of a graph of your own, the version alone and what was added.
     */
    public Map<String, String> metadata() {
        Map<String, String> all = new LinkedHashMap<>(ofModel);
        all.putAll(given);
        return Collections.unmodifiableMap(all);
    }

    private ModelProto model() {
        return OnnxWriter.write(lowering.apply(masks), NAME, version(), metadata());
    }

    /**
     * {@return the file's bytes, to run the model without a file} The same weights are the same bytes.
     *
     * @throws IllegalArgumentException if the weights take more than an ONNX file can hold, 2 GB
     */
    public byte[] toBytes() {
        return model().toByteArray();
    }

    /**
     * Writes the file, and the folders above it. It is written under another name beside it and then moved into place:
     * a reader finds the old file or the new one, whole, and if writing fails nothing is left.
     *
     * @throws IOException if it cannot be written; the message names the file
     * @throws IllegalArgumentException if the weights take more than an ONNX file can hold, 2 GB
     */
    public void write(Path file) throws IOException {
        AtomicFile.write(file, temporary -> writeTo(temporary, file));
    }

    /** Writes into a file that nobody reads yet, for one whose name messages have. */
    void writeTo(Path temporary, Path file) throws IOException {
        ModelProto model = model();
        try (OutputStream out = Files.newOutputStream(temporary)) {
            model.writeTo(out);
        } catch (IOException e) { // which names the temporary file, or none where a disk is full
            throw new IOException(file + ": " + FileProblem.of(e), e);
        }
    }
}
