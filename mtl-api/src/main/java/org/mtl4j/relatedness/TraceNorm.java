package org.mtl4j.relatedness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.linear.TridiagonalEigen;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Sums of singular values of the stack of the towers' weights, unfolded by the axis of the towers or by all axes. Each
 * unfolding M has fewer rows than columns, or is turned; with M Mᵀ = Q Λ Qᵀ the value is Σ √λ, and the subgradient Q
 * Λ^(−1/2) Qᵀ M over the λ that are not 0.
 */
final class TraceNorm implements GroupRelatedness {
    private static final long serialVersionUID = 1L;

    /** Numbers of an unfolding that are cast to double precision at a time. */
    private static final int NUMBERS_AT_A_TIME = 1 << 18;

    private final boolean tucker;

    @JsonCreator
    TraceNorm(@JsonProperty("tucker") boolean tucker) {
        this.tucker = tucker;
    }

    @JsonProperty("tucker")
    boolean isTucker() {
        return tucker;
    }

    @Override
    public String name() {
        return tucker ? "tucker-trace-norm" : "trace-norm";
    }

    @Override
    public GroupEvaluation evaluate(List<INDArray> thetas, double[] coefficients) {
        List<INDArray> gradients = new ArrayList<>();
        thetas.forEach(theta -> gradients.add(Nd4j.zerosLike(theta)));
        double value = addGradients(thetas, coefficients, 1, gradients, new double[0]);
        return new GroupEvaluation(value, gradients, new double[0]);
    }

    @Override
    public double value(List<INDArray> thetas, double[] coefficients) {
        INDArray stack = stack(thetas);
        double sum = 0;
        for (int axis = 0; axis < axes(stack); axis++) {
            sum += Unfolding.of(stack, axis).singular().sum();
        }
        return sum;
    }

    @Override
    public double addGradients(
            List<INDArray> thetas,
            double[] coefficients,
            double scale,
            List<? extends @Nullable INDArray> gradients,
            double[] coefficientGradients) {
        INDArray stack = stack(thetas);
        double sum = 0;
        for (int axis = axes(stack) - 1; axis >= 0; axis--) { // the towers' axis last: its matrix is the stack itself
            Unfolding unfolding = Unfolding.of(stack, axis);
            Singular singular = unfolding.singular();
            sum += singular.sum();
            if (singular.isFinite()) { // or else training ends with this step
                unfolding.becomeSubgradient(singular);
                addTo(gradients, unfolding.folded(), scale);
            }
        }
        return sum;
    }

    private static void addTo(List<? extends @Nullable INDArray> gradients, INDArray all, double scale) {
        all.muli(scale);
        for (int t = 0; t < gradients.size(); t++) {
            INDArray gradient = gradients.get(t);
            if (gradient != null) {
                INDArray one = all.get(NDArrayIndex.interval(t, t + 1));
                gradient.addi(one.reshape('c', gradient.shape()));
            }
        }
    }

    /** By how many axes the stack is unfolded, from the first, which is that of the towers. */
    private int axes(INDArray stack) {
        return tucker ? stack.rank() : 1;
    }

    /** {@return the weights of all towers in C's order, with an axis in front for the towers} */
    private static INDArray stack(List<INDArray> thetas) {
        if (thetas.isEmpty()) {
            throw new IllegalArgumentException("a trace norm is over the weights of at least one tower, got none");
        }
        long[] shape = thetas.get(0).shape();
        long[] all = new long[shape.length + 1];
        all[0] = thetas.size();
        System.arraycopy(shape, 0, all, 1, shape.length);
        INDArray stack = Nd4j.createUninitialized(thetas.get(0).dataType(), all, 'c');
        for (int t = 0; t < thetas.size(); t++) {
            INDArray theta = thetas.get(t);
            if (!Arrays.equals(theta.shape(), shape)) {
                throw new IllegalArgumentException("a trace norm is over weights of one shape, got %s and %s"
                        .formatted(Arrays.toString(shape), Arrays.toString(theta.shape())));
            }
            INDArray place = stack.get(NDArrayIndex.interval(t, t + 1)).reshape('c', shape);
            place.assign(theta);
        }
        return stack;
    }

    /** The singular values of a matrix, and its left singular vectors. */
    private record Singular(double[] values, double[][] vectors) {
        double sum() {
            return Arrays.stream(values).sum();
        }

        boolean isFinite() {
            return Double.isFinite(sum());
        }

        /** {@return Q Λ^(−1/2) Qᵀ over the singular values above this part of the largest} */
        double[][] inverseRoot(double tolerance) {
            int size = values.length;
            double least = tolerance * Arrays.stream(values).max().orElse(0);
            double[][] root = new double[size][size];
            for (int k = 0; k < size; k++) {
                if (values[k] > least) {
                    for (int i = 0; i < size; i++) {
                        double factor = vectors[k][i] / values[k];
                        for (int j = 0; j < size; j++) {
                            root[i][j] += factor * vectors[k][j];
                        }
                    }
                }
            }
            return root;
        }
    }

    /** A matrix with the numbers of the stack; its rows are fewer than its columns, or as many. */
    private static final class Unfolding {
        private final int[] order;
        private final long[] permuted;
        private final boolean turned;
        private INDArray matrix;

        private Unfolding(int[] order, long[] permuted, boolean turned, INDArray matrix) {
            this.order = order;
            this.permuted = permuted;
            this.turned = turned;
            this.matrix = matrix;
        }

        /** {@return the matrix whose rows belong to an axis: a copy, or for the first axis the stack's own numbers} */
        static Unfolding of(INDArray stack, int axis) {
            int[] order = IntStream.range(0, stack.rank())
                    .map(i -> i == 0 ? axis : i <= axis ? i - 1 : i)
                    .toArray();
            INDArray front = axis == 0 ? stack : stack.permute(order).dup('c');
            long rows = front.size(0);
            INDArray matrix = front.reshape('c', rows, front.length() / rows);
            boolean turned = rows > matrix.size(1);
            return new Unfolding(
                    order, front.shape(), turned, turned ? matrix.transpose().dup('c') : matrix);
        }

        Singular singular() {
            int rows = Math.toIntExact(matrix.size(0));
            double[][] products = new double[rows][rows];
            forParts((from, to) -> {
                INDArray part = part(from, to);
                INDArray square = part.mmul(part.transpose());
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j <= i; j++) {
                        products[i][j] += square.getDouble(i, j);
                    }
                }
            });
            double trace = 0;
            for (int i = 0; i < rows; i++) {
                trace += products[i][i];
                for (int j = 0; j < i; j++) {
                    products[j][i] = products[i][j];
                }
            }
            if (!Double.isFinite(trace)) {
                return new Singular(new double[] {Double.NaN}, new double[0][0]);
            }
            TridiagonalEigen eigen = TridiagonalEigen.of(products);
            double[] values = Arrays.stream(eigen.values())
                    .map(value -> Math.sqrt(Math.max(0, value)))
                    .toArray();
            return new Singular(values, eigen.vectors());
        }

        /** Puts the subgradient in the place of the matrix. */
        void becomeSubgradient(Singular singular) {
            INDArray root = Nd4j.createFromArray(singular.inverseRoot(tolerance(matrix.dataType())));
            forParts((from, to) -> {
                INDArray result = root.mmul(part(from, to));
                INDArray place = matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
                place.assign(result);
            });
        }

        /** {@return the numbers in the order of the stack} */
        INDArray folded() {
            INDArray front = (turned ? matrix.transpose().dup('c') : matrix).reshape('c', permuted);
            if (order[0] == 0) {
                return front;
            }
            int[] back = new int[order.length];
            for (int i = 0; i < order.length; i++) {
                back[order[i]] = i;
            }
            return front.permute(back).dup('c');
        }

        private interface Part {
            void accept(long from, long to);
        }

        private void forParts(Part work) {
            long columns = matrix.size(1);
            long each = Math.max(1, NUMBERS_AT_A_TIME / matrix.size(0));
            for (long from = 0; from < columns; from += each) {
                work.accept(from, Math.min(columns, from + each));
            }
        }

        private INDArray part(long from, long to) {
            INDArray view = matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
            INDArray copy = Nd4j.createUninitialized(DataType.DOUBLE, view.shape(), 'c');
            copy.assign(view);
            return copy;
        }

        /** Up to which part of the largest a singular value may be rounding. */
        private static double tolerance(DataType type) {
            return switch (type) {
                case DOUBLE -> 1e-7; // the root of the products' rounding, and more
                case HALF -> 8e-3;
                case BFLOAT16 -> 6e-2;
                default -> 1e-6;
            };
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TraceNorm norm && tucker == norm.tucker;
    }

    @Override
    public int hashCode() {
        return Boolean.hashCode(tucker);
    }

    @Override
    public String toString() {
        return "GroupRelatedness[" + name() + "]";
    }
}
