package org.mtl4j.layer;

import java.util.Locale;
import java.util.Objects;
import org.mtl4j.internal.check.Check;

/**
 * A recurrent layer, step by step from the first to the last: {@code [batch, in, steps]} to {@code [batch, units,
 * steps]}. With x a step of the input, h what was given for the step before (0 at first), σ the logistic function, ∘
 * the product by elements:
 *
 * <pre>
 * LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000)
 *   i, f, o = σ(W x + R h + b)     g = tanh(W x + R h + b)
 *   c' = f ∘ c + i ∘ g             h' = o ∘ tanh(c')
 *
 * GRU (Cho et al. 2014, reset behind the product, as in cuDNN, Keras and PyTorch)
 *   r, z = σ(W x + R h + b)        n = tanh(W x + b + r ∘ (R h + d))
 *   h' = (1 − z) ∘ n + z ∘ h
 * </pre>
 *
 * Parameters are {@code W [in, gates * units]} and {@code R [units, gates * units]}, gates in the order i, f, o, g and
 * r, z, n; {@code b [1, gates * units]}; and {@code d [1, units]} of a GRU. Whatever the network's {@link Initializer},
 * W and R are drawn normal with variance 1 / fan-in, which suits tanh; biases start at 0, that of the forget gate at 1.
 *
 * <p>A step that is masked is passed over: h and c stay as they are, and 0 is given for it. So neither padding behind
 * the end nor before the beginning changes anything.
 *
 * @param cell which equations
 * @param units length of h, at least 1
 */
public record Recurrent(Cell cell, int units) implements LayerSpec {

    /** The equations of a step. */
    public enum Cell {
        /** Long short-term memory, four gates. */
        LSTM(4),
        /** Gated recurrent unit, three gates. */
        GRU(3);

        private final int gates;

        Cell(int gates) {
            this.gates = gates;
        }

        /** {@return how many gates there are, the candidate among them} */
        public int gates() {
            return gates;
        }
    }

    /** @throws IllegalArgumentException if there is no unit */
    public Recurrent {
        Objects.requireNonNull(cell, "cell");
        Check.atLeast(1, units, "Recurrent: units");
    }

    /** {@return an LSTM of so many units} */
    public static Recurrent lstm(int units) {
        return new Recurrent(Cell.LSTM, units);
    }

    /** {@return a GRU of so many units} */
    public static Recurrent gru(int units) {
        return new Recurrent(Cell.GRU, units);
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.sequence(units, Windows.sequence(input, name()).steps());
    }

    @Override
    public long parameters(Shape input) {
        long each = input.channels() + units + 1L;
        return cell.gates * units * each + (cell == Cell.GRU ? units : 0);
    }

    @Override
    public LayerType type() {
        return LayerType.RECURRENT;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.recurrent(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    private String name() {
        return cell.name().toUpperCase(Locale.ROOT);
    }

    @Override
    public String describe() {
        return cell.name().toLowerCase(Locale.ROOT) + " " + units;
    }
}
