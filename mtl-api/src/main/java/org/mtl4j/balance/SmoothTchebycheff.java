package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** The gradient of T·μ·ln Σ exp(ln(L/nadir)/μ), after a warm-up in which it is that of the logarithms. */
record SmoothTchebycheff(double mu, int warmUpEpochs) implements StepWeighting {
    SmoothTchebycheff {
        Check.finiteAboveZero(mu, "STCH: mu");
        Check.atLeast(1, warmUpEpochs, "STCH: epochs of warm-up");
    }

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.LOSSES;
    }

    /** Sums and numbers of the losses of the last epoch of the warm-up. */
    @Override
    public BalanceState initialState(int tasks) {
        return BalanceState.byTask(new double[tasks], new double[tasks]);
    }

    @Override
    public double[] factors(LossStep step) {
        double[] losses = step.lossesAboveZero("STCH");
        double[] nadirs = nadirs(step);
        double[] factors = new double[losses.length];
        double[] shares = Softmax.of(exponents(losses, nadirs));
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (step.epoch() < warmUpEpochs ? 1 : factors.length * shares[i]) / losses[i];
        }
        return factors;
    }

    @Override
    public BalanceState next(LossStep step, double... after) {
        if (step.epoch() != warmUpEpochs - 1) {
            return step.state();
        }
        double[] sums = step.state().byTask(0);
        double[] counts = step.state().byTask(1);
        for (int i = 0; i < sums.length; i++) {
            sums[i] += step.loss(i);
            counts[i]++;
        }
        return BalanceState.byTask(sums, counts);
    }

    @Override
    public double objective(LossStep step) {
        double[] exponents = exponents(step.lossesAboveZero("STCH"), nadirs(step));
        double most = Double.NEGATIVE_INFINITY;
        double logarithms = 0;
        for (double exponent : exponents) {
            most = Math.max(most, exponent);
            logarithms += exponent * mu;
        }
        if (step.epoch() < warmUpEpochs) {
            return logarithms;
        }
        double sum = 0;
        for (double exponent : exponents) {
            sum += Math.exp(exponent - most);
        }
        return exponents.length * mu * (most + Math.log(sum));
    }

    private double[] exponents(double[] losses, double[] nadirs) {
        double[] exponents = new double[losses.length];
        for (int i = 0; i < exponents.length; i++) {
            exponents[i] = Math.log(losses[i] / nadirs[i]) / mu;
        }
        return exponents;
    }

    /** {@return the mean loss of each task in the last epoch of the warm-up; 1 for a task that had no labels there} */
    private double[] nadirs(LossStep step) {
        double[] nadirs = step.state().byTask(0);
        double[] counts = step.state().byTask(1);
        for (int i = 0; i < nadirs.length; i++) {
            boolean known = counts[i] > 0 && step.epoch() >= warmUpEpochs;
            nadirs[i] = known ? nadirs[i] / counts[i] : 1;
        }
        return nadirs;
    }
}
