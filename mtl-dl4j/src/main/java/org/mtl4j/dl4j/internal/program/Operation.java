package org.mtl4j.dl4j.internal.program;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says how one value is computed of others, for each example of a batch by itself. Shapes are those of one example. The
 * kinds are all that a network of the library can be made of; the list is closed, so that whatever runs or writes
 * programs has all of them.
 */
public sealed interface Operation {

    /**
     * {@return the shape of the result}
     *
     * @param inputs shapes of what is read
     * @throws IllegalArgumentException if the operation cannot read such values
     */
    List<Integer> outputShape(List<List<Integer>> inputs);

    /** {@return what the operation is called in messages} */
    default String name() {
        return getClass().getSimpleName();
    }

    // ------------------------------------------------------------------ products

    /**
     * Convolves an image {@code [in, height, width]}, plus a bias.
     *
     * @param inChannels channels that are read
     * @param outChannels channels that are computed
     * @param groups into how many groups channels fall; outputs of one read inputs of the same one. 1 for all with all
     * @param window where the weights meet the image; padding is 0
     * @param weights {@code [out, in / groups, kernelHeight, kernelWidth]}
     * @param bias {@code [out]}; null for none
     */
    record Convolution(
            int inChannels, int outChannels, int groups, Window window, float[] weights, float @Nullable [] bias)
            implements Operation {
        /** Checks the numbers of weights. */
        public Convolution {
            Shapes.require(
                    weights,
                    (long) outChannels * (inChannels / groups) * window.kernelHeight() * window.kernelWidth(),
                    "weights");
            Shapes.requireOrNull(bias, outChannels, "bias");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> in = Shapes.only(inputs, 3, this);
            Shapes.requireSize(in.get(0), inChannels, this);
            return List.of(outChannels, window.outputHeight(in.get(1)), window.outputWidth(in.get(2)));
        }
    }

    /**
     * Convolves a sequence {@code [in, steps]}, plus a bias.
     *
     * @param inFeatures features that are read
     * @param outFeatures features that are computed
     * @param kernel how many steps
     * @param stride how far windows are apart
     * @param dilation how far the steps of one window are apart
     * @param before how many steps of zeros come before the sequence
     * @param after how many steps of zeros come after it
     * @param weights {@code [out, in, kernel]}
     * @param bias {@code [out]}; null for none
     */
    record SequenceConvolution(
            int inFeatures,
            int outFeatures,
            int kernel,
            int stride,
            int dilation,
            int before,
            int after,
            float[] weights,
            float @Nullable [] bias)
            implements Operation {
        /** Checks the numbers of weights. */
        public SequenceConvolution {
            Shapes.require(weights, (long) outFeatures * inFeatures * kernel, "weights");
            Shapes.requireOrNull(bias, outFeatures, "bias");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> in = Shapes.only(inputs, 2, this);
            Shapes.requireSize(in.get(0), inFeatures, this);
            int span = (kernel - 1) * dilation + 1;
            return List.of(outFeatures, (in.get(1) + before + after - span) / stride + 1);
        }
    }

    /**
     * Multiplies a vector by a matrix, plus a bias: {@code y[j] = sum over i of x[i] * weights[i][j] + bias[j]}.
     *
     * @param in length of what is read
     * @param out length of the result
     * @param weights {@code [in, out]}
     * @param bias {@code [out]}; null for none
     */
    record Dense(int in, int out, float[] weights, float @Nullable [] bias) implements Operation {
        /** Checks the numbers of weights. */
        public Dense {
            Shapes.require(weights, (long) in * out, "weights");
            Shapes.requireOrNull(bias, out, "bias");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.requireSize(Shapes.only(inputs, 1, this).get(0), in, this);
            return List.of(out);
        }
    }

    /**
     * Multiplies blocks of a vector by a matrix each, plus a bias: the layers of experts that lie side by side.
     *
     * @param blocks how many there are
     * @param in length of each block that is read
     * @param out length of each block of the result
     * @param weights {@code [blocks, in, out]}
     * @param bias {@code [blocks, out]}; null for none
     */
    record BlockDense(int blocks, int in, int out, float[] weights, float @Nullable [] bias) implements Operation {
        /** Checks the numbers of weights. */
        public BlockDense {
            Shapes.require(weights, (long) blocks * in * out, "weights");
            Shapes.requireOrNull(bias, (long) blocks * out, "bias");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.requireSize(Shapes.only(inputs, 1, this).get(0), blocks * in, this);
            return List.of(blocks * out);
        }
    }

    /**
     * Multiplies the channels at each position, or the features at each step, by a matrix, plus a bias: a 1×1
     * convolution, {@code y[o][position] = sum over c of weights[o][c] * x[c][position] + bias[o]}, of values of any
     * rank.
     *
     * @param in first size of what is read
     * @param out first size of the result
     * @param weights {@code [out, in]}
     * @param bias {@code [out]}; null for none
     */
    record ChannelProduct(int in, int out, float[] weights, float @Nullable [] bias) implements Operation {
        /** Checks the numbers of weights. */
        public ChannelProduct {
            Shapes.require(weights, (long) in * out, "weights");
            Shapes.requireOrNull(bias, out, "bias");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.one(inputs, this);
            Shapes.requireSize(shape.get(0), in, this);
            return Shapes.withChannels(shape, out);
        }
    }

    // ------------------------------------------------------------------ normalisation

    /**
     * Normalises by stored moments: {@code y = gamma * (x - mean) / sqrt(variance + epsilon) + beta}, with numbers for
     * each channel (first size) of values of any rank.
     *
     * @param gamma by channel
     * @param beta by channel
     * @param mean by channel
     * @param variance by channel
     * @param epsilon added to the variance
     */
    record BatchNormalization(float[] gamma, float[] beta, float[] mean, float[] variance, float epsilon)
            implements Operation {
        /** Checks that there are as many numbers of each kind. */
        public BatchNormalization {
            Shapes.require(beta, gamma.length, "beta");
            Shapes.require(mean, gamma.length, "mean");
            Shapes.require(variance, gamma.length, "variance");
        }

        /** {@return by what the differences from the mean of a channel are multiplied} */
        public double scale(int channel) {
            return gamma[channel] / Math.sqrt((double) variance[channel] + epsilon);
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.one(inputs, this);
            Shapes.requireSize(shape.get(0), gamma.length, this);
            return shape;
        }
    }

    /**
     * Normalises each vector, or each step of a sequence, over its features to mean 0 and variance 1 (the mean of
     * squares, divided by their number), times a gain plus a bias: {@code y = gain * (x - m) / sqrt(v + epsilon) +
     * bias}.
     *
     * @param gain by feature
     * @param bias by feature
     * @param epsilon added to the variance
     */
    record LayerNormalization(float[] gain, float[] bias, float epsilon) implements Operation {
        /** Checks that there are as many numbers of each kind. */
        public LayerNormalization {
            Shapes.require(bias, gain.length, "bias");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.one(inputs, this);
            Shapes.requireSize(shape.get(0), gain.length, this);
            return shape;
        }
    }

    // ------------------------------------------------------------------ functions of single numbers

    /**
     * Rectifies: {@code y = max} where {@code x >= max}, {@code x} where {@code x >= threshold}, else {@code slope * (x
     * - threshold)}. ReLU is {@link #RELU}.
     *
     * @param slope below the threshold; 0 for none
     * @param threshold from where on numbers pass
     * @param max largest result; positive infinity for no bound
     */
    record Rectify(float slope, float threshold, float max) implements Operation {
        /** The larger of a number and 0. */
        public static final Rectify RELU = new Rectify(0, 0, Float.POSITIVE_INFINITY);

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            return Shapes.one(inputs, this);
        }
    }

    /**
     * Applies a function to each number.
     *
     * @param function which one
     * @param alpha of {@link Function#ELU} and {@link Function#AT_LEAST}; else 0
     */
    record Activate(Function function, float alpha) implements Operation {
        /** Applies a function without a number of its own. */
        public Activate(Function function) {
            this(function, 0);
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            return Shapes.one(inputs, this);
        }
    }

    /** Names a function of one number, with what it is. */
    enum Function {
        /** The larger of {@code x} and {@code alpha}. */
        AT_LEAST,
        /** {@code x} above 0, {@code alpha * (exp(x) - 1)} below. */
        ELU,
        /** {@code 1.0507009873554805 * x} above 0, {@code 1.0507... * 1.6732632423543772 * (exp(x) - 1)} below. */
        SELU,
        /** {@code 1 / (1 + exp(-x))}. */
        SIGMOID,
        /** Hyperbolic tangent. */
        TANH,
        /** {@code 0.2 * x + 0.5}, kept within 0 and 1. */
        HARD_SIGMOID,
        /** {@code x}, kept within -1 and 1. */
        HARD_TANH,
        /** {@code x * x * x}. */
        CUBE,
        /**
         * {@code 1.7159 * sign(y) * (1 - 1 / (1 + |y| + y^2 + 1.41645 * y^4))} with {@code y = 2 * x / 3}, near
         * {@code 1.7159 * tanh(y)}.
         */
        RATIONAL_TANH,
        /** The larger of {@code tanh(x)} and 0. */
        RECTIFIED_TANH,
        /** {@code log(1 + exp(x))}. */
        SOFTPLUS,
        /** {@code x / (1 + |x|)}. */
        SOFTSIGN,
        /** {@code x / (1 + exp(-x))}. */
        SWISH,
        /** {@code x * tanh(log(1 + exp(x)))}. */
        MISH,
        /** {@code x / (1 + exp(-1.702 * x))}, near {@link #PRECISE_GELU}. */
        GELU,
        /** {@code x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))}. */
        PRECISE_GELU
    }

    /**
     * Computes the softmax along one size.
     *
     * @param axis which size of an example, counted from 0
     */
    record Softmax(int axis) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.one(inputs, this);
            if (axis < 0 || axis >= shape.size()) {
                throw new IllegalArgumentException("Softmax: no axis %s in %s".formatted(axis, shape));
            }
            return shape;
        }
    }

    // ------------------------------------------------------------------ pooling

    /** Names what becomes of the numbers of a window. */
    enum PoolingKind {
        /** The largest. */
        MAX,
        /** The mean. */
        AVERAGE,
        /** The sum. */
        SUM,
        /** {@code (sum of |x|^p)^(1/p)}. */
        PNORM
    }

    /**
     * Pools the windows of each channel of an image. Padding takes no part in a maximum and adds 0 to a sum.
     *
     * @param kind what becomes of a window
     * @param window its sizes
     * @param countPadding whether the mean is divided by the size of the window, and not by the number of positions
     *     within the image
     * @param p the power of {@link PoolingKind#PNORM}; else 0
     */
    record Pooling(PoolingKind kind, Window window, boolean countPadding, int p) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> in = Shapes.only(inputs, 3, this);
            return List.of(in.get(0), window.outputHeight(in.get(1)), window.outputWidth(in.get(2)));
        }
    }

    /**
     * Pools all positions of each channel of an image, or all steps of each feature of a sequence, to a vector. With a
     * mask {@code [steps]} as the second input only the steps that are there take part; there is at least one.
     *
     * @param kind what becomes of them
     * @param p the power of {@link PoolingKind#PNORM}; else 0
     */
    record GlobalPooling(PoolingKind kind, int p) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.withMask(inputs, this);
            if (shape.size() < 2) {
                throw new IllegalArgumentException("GlobalPooling: images and sequences have positions, not " + shape);
            }
            return List.of(shape.get(0));
        }
    }

    /**
     * Computes the expected position under a softmax over each channel's positions, x and y of each channel in turn:
     * {@code [channels, height, width]} to {@code [2 * channels]}; x of column j is {@code (j + 0.5) / width}, y of row
     * i is {@code (i + 0.5) / height}.
     */
    record SoftArgmax() implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            return List.of(2 * Shapes.only(inputs, 3, this).get(0));
        }
    }

    // ------------------------------------------------------------------ several values

    /** Names what is computed of numbers at one place of several values. */
    enum Arithmetic {
        /** The sum of any number. */
        ADD,
        /** The first less the second. */
        SUBTRACT,
        /** The product of any number. */
        MULTIPLY,
        /** The mean of any number. */
        AVERAGE,
        /** The largest of any number. */
        MAXIMUM
    }

    /**
     * Computes number by number of values of one shape.
     *
     * @param arithmetic what of them
     */
    record Combine(Arithmetic arithmetic) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            return Shapes.common(inputs, this);
        }
    }

    /**
     * Mixes values of one shape: {@code y = sum over t of coefficients[t] * x[t]}, one output of a cross-stitch unit.
     *
     * @param coefficients by input one number, or one for each channel (first size)
     */
    record Mix(List<float[]> coefficients) implements Operation {
        /** Copies the list. */
        public Mix {
            coefficients = List.copyOf(coefficients);
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.common(inputs, this);
            Shapes.requireSize(inputs.size(), coefficients.size(), this);
            for (float[] each : coefficients) {
                if (each.length != 1) {
                    Shapes.requireSize(shape.get(0), each.length, this);
                }
            }
            return shape;
        }
    }

    /**
     * Adds up experts by weights that each example has of its own: {@code y = sum over e of w[e] * expert[e]}. The
     * first input is the weights {@code [experts]}, the others have the experts: those of which there is one are of the
     * result's shape, others are vectors of several experts, one after the other.
     *
     * @param experts by input behind the first how many it has
     */
    record WeightedSum(List<Integer> experts) implements Operation {
        /** Copies the list. */
        public WeightedSum {
            experts = List.copyOf(experts);
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.requireSize(inputs.size(), experts.size() + 1, this);
            Shapes.requireSize(
                    inputs.get(0).get(0),
                    experts.stream().mapToInt(Integer::intValue).sum(),
                    this);
            List<List<Integer>> shapes = new java.util.ArrayList<>();
            for (int i = 0; i < experts.size(); i++) {
                List<Integer> shape = inputs.get(i + 1);
                if (experts.get(i) > 1) {
                    Shapes.requireSize(shape.get(0) % experts.get(i), 0, this);
                    shape = Shapes.withChannels(shape, shape.get(0) / experts.get(i));
                }
                shapes.add(shape);
            }
            return Shapes.common(shapes, this);
        }
    }

    /**
     * Computes the weights of a DSelect-k gate of its logits. For selector i, the bits of the number of an expert,
     * highest first, choose it with the product over bits b of {@code s(z[i][b])} where the bit is 1 and {@code 1 -
     * s(z[i][b])} where it is 0; {@code s(t)} is 0 up to {@code -gamma / 2}, 1 from {@code gamma / 2} on, and {@code -2
     * u^3 + 1.5 u + 0.5} with {@code u = t / gamma} between. Weights are the sum over selectors of these products times
     * the softmax of the selectors' logits. The input is {@code [selectors * bits + selectors]}: the bits of each
     * selector, then the logits of the selectors.
     *
     * @param experts how many weights there are
     * @param selectors k
     * @param bits of an expert's number
     * @param gamma width of the smooth step
     */
    record SelectorWeights(int experts, int selectors, int bits, float gamma) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.requireSize(Shapes.only(inputs, 1, this).get(0), selectors * bits + selectors, this);
            return List.of(experts);
        }
    }

    /**
     * Gives the same numbers for each example. The one input says only how many examples there are.
     *
     * @param shape of the result
     * @param values in c order
     */
    record Constant(List<Integer> shape, float[] values) implements Operation {
        /** Copies the shape. */
        public Constant {
            shape = List.copyOf(shape);
            Shapes.require(values, Shapes.elements(shape), "values");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.one(inputs, this);
            return shape;
        }
    }

    // ------------------------------------------------------------------ where numbers lie

    /**
     * Puts values one behind the other along one size; all others must be equal.
     *
     * @param axis which size of an example, counted from 0: 0 for vectors and channels
     */
    record Concatenate(int axis) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> first = inputs.get(0);
            int sum = inputs.stream().mapToInt(shape -> shape.get(axis)).sum();
            for (List<Integer> shape : inputs) {
                if (!Shapes.with(shape, axis, 1).equals(Shapes.with(first, axis, 1))) {
                    throw new IllegalArgumentException("Concatenate: shapes do not fit: " + inputs);
                }
            }
            return Shapes.with(first, axis, sum);
        }
    }

    /**
     * Takes some of the numbers along one size.
     *
     * @param axis which size of an example, counted from 0
     * @param from the first of them, counted from 0
     * @param to behind the last
     */
    record Slice(int axis, int from, int to) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.one(inputs, this);
            if (from < 0 || from >= to || to > shape.get(axis)) {
                throw new IllegalArgumentException(
                        "Slice: %s to %s of axis %s are not in %s".formatted(from, to, axis, shape));
            }
            return Shapes.with(shape, axis, to - from);
        }
    }

    /**
     * Gives the numbers, in c order, another shape: flattens an image to a vector, for one.
     *
     * @param shape of as many numbers
     */
    record Reshape(List<Integer> shape) implements Operation {
        /** Copies the shape. */
        public Reshape {
            shape = List.copyOf(shape);
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> from = Shapes.one(inputs, this);
            if (Shapes.elements(from) != Shapes.elements(shape)) {
                throw new IllegalArgumentException("Reshape: %s and %s differ in size".formatted(from, shape));
            }
            return shape;
        }
    }

    /**
     * Changes the order of the sizes of an example: size i of the result is size {@code order[i]} of what is read.
     *
     * @param order each size once, counted from 0
     */
    record Transpose(List<Integer> order) implements Operation {
        /** Copies the list. */
        public Transpose {
            order = List.copyOf(order);
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> from = Shapes.only(inputs, order.size(), this);
            return order.stream().map(from::get).toList();
        }
    }

    // ------------------------------------------------------------------ codes

    /**
     * Looks one code of each column up in a table of its own, and puts the rows one behind the other: {@code [columns]}
     * to {@code [sum of dimensions]}.
     *
     * @param sizes by column how many rows its table has
     * @param dimensions by column how long they are
     * @param tables by column {@code [size, dimension]}
     */
    record Lookup(List<Integer> sizes, List<Integer> dimensions, List<float[]> tables) implements Operation {
        /** Copies the lists, and checks the numbers of weights. */
        public Lookup {
            sizes = List.copyOf(sizes);
            dimensions = List.copyOf(dimensions);
            tables = List.copyOf(tables);
            for (int i = 0; i < tables.size(); i++) {
                Shapes.require(tables.get(i), (long) sizes.get(i) * dimensions.get(i), "table");
            }
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.requireSize(Shapes.only(inputs, 1, this).get(0), tables.size(), this);
            return List.of(dimensions.stream().mapToInt(Integer::intValue).sum());
        }
    }

    /**
     * Looks the code of each step up in one table: {@code [steps]} to {@code [dimension, steps]}. With a mask
     * {@code [steps]} as the second input, steps that are not there give 0, whatever their code is.
     *
     * @param size how many rows the table has
     * @param dimension how long they are
     * @param table {@code [size, dimension]}
     */
    record SequenceLookup(int size, int dimension, float[] table) implements Operation {
        /** Checks the number of weights. */
        public SequenceLookup {
            Shapes.require(table, (long) size * dimension, "table");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.withMask(inputs, this);
            return List.of(dimension, shape.get(0));
        }
    }

    // ------------------------------------------------------------------ sequences

    /** Names a recurrent cell. */
    enum Cell {
        /**
         * Long short-term memory, gates in the order input i, forget f, output o, candidate g: {@code i, f, o =
         * sigmoid(.)}, {@code g = tanh(.)}, {@code c' = f * c + i * g}, {@code h' = o * tanh(c')}.
         */
        LSTM,
        /**
         * Gated recurrent unit, gates in the order reset r, update z, candidate n: {@code r, z = sigmoid(.)}, {@code n
         * = tanh(W x + b + r * (R h + d))}, {@code h' = n + z * (h - n)}.
         */
        GRU
    }

    /**
     * Runs a recurrent cell over a sequence {@code [in, steps]}, from a state of zeros, and gives its state h at each
     * step {@code [units, steps]}. With a mask {@code [steps]} as the second input, a step that is not there leaves the
     * state as it is, and gives 0.
     *
     * @param cell what is computed at each step
     * @param in features that are read
     * @param units how long the state is
     * @param inputWeights W {@code [in, gates * units]}, gate by gate
     * @param recurrentWeights R {@code [units, gates * units]}, gate by gate
     * @param bias b {@code [gates * units]}
     * @param recurrentBias d {@code [units]} of {@link Cell#GRU}'s candidate; null for other cells
     */
    record Recurrent(
            Cell cell,
            int in,
            int units,
            float[] inputWeights,
            float[] recurrentWeights,
            float[] bias,
            float @Nullable [] recurrentBias)
            implements Operation {
        /** Checks the numbers of weights. */
        public Recurrent {
            long gates = (cell == Cell.LSTM ? 4L : 3L) * units;
            Shapes.require(inputWeights, in * gates, "weights of the input");
            Shapes.require(recurrentWeights, units * gates, "weights of the state");
            Shapes.require(bias, gates, "bias");
            Shapes.requireOrNull(recurrentBias, units, "bias of the state");
        }

        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            List<Integer> shape = Shapes.withMask(inputs, this);
            Shapes.requireSize(shape.get(0), in, this);
            return List.of(units, shape.get(1));
        }
    }

    /**
     * Takes the last step of a sequence: {@code [features, steps]} to {@code [features]}. With a mask {@code [steps]}
     * as the second input, the last step that is there; the first one if none is.
     */
    record LastStep() implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            return List.of(Shapes.withMask(inputs, this).get(0));
        }
    }

    /**
     * Sets steps of a sequence {@code [features, steps]} to 0 where a mask {@code [steps]}, the second input, is 0,
     * whatever they are, NaN as well.
     */
    record MaskSteps() implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.requireSize(inputs.size(), 2, this);
            return Shapes.withMask(inputs, this);
        }
    }

    /**
     * Says of a mask {@code [steps]} which windows of a convolution over its sequence are steps of the result. Where
     * {@code same}, a window is there if the step at its place ({@code window * stride}) is; else if all of its steps
     * are. If none is, the first one that has a step at all is there, or the first.
     *
     * @param kernel how many steps a window has
     * @param stride how far windows are apart
     * @param before how many steps of padding come before the sequence
     * @param same whether there is a window for each step
     * @param windows how many there are
     */
    record WindowMask(int kernel, int stride, int before, boolean same, int windows) implements Operation {
        @Override
        public List<Integer> outputShape(List<List<Integer>> inputs) {
            Shapes.only(inputs, 1, this);
            return List.of(windows);
        }
    }
}
