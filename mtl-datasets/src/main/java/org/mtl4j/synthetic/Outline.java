package org.mtl4j.synthetic;

import java.util.Arrays;

/** Collects points of the picture: a polygon, or a line to be given a width. */
final class Outline {

    private double[] x = new double[24];
    private double[] y = new double[24];
    private int size;

    Outline add(double px, double py) {
        if (size == x.length) {
            x = Arrays.copyOf(x, 2 * size);
            y = Arrays.copyOf(y, 2 * size);
        }
        x[size] = px;
        y[size++] = py;
        return this;
    }

    int size() {
        return size;
    }

    double x(int i) {
        return x[i];
    }

    double y(int i) {
        return y[i];
    }

    /** {@return the same points in opposite direction} */
    Outline reversed() {
        Outline reversed = new Outline();
        for (int i = size - 1; i >= 0; i--) {
            reversed.add(x[i], y[i]);
        }
        return reversed;
    }

    /**
     * {@return the polygon around this line}
     *
     * @param from width at the first point
     * @param middle width half way
     * @param to width at the last point
     */
    Outline stroke(double from, double middle, double to) {
        double[] nx = new double[size];
        double[] ny = new double[size];
        for (int i = 0; i < size; i++) {
            int before = Math.max(0, i - 1);
            int after = Math.min(size - 1, i + 1);
            double dx = x[after] - x[before];
            double dy = y[after] - y[before];
            double length = Math.sqrt(dx * dx + dy * dy);
            double t = size == 1 ? 0 : 2.0 * i / (size - 1);
            double half = (t < 1 ? from + (middle - from) * t : middle + (to - middle) * (t - 1)) / 2;
            nx[i] = length == 0 ? 0 : -dy / length * half;
            ny[i] = length == 0 ? 0 : dx / length * half;
        }
        Outline polygon = new Outline();
        for (int i = 0; i < size; i++) {
            polygon.add(x[i] + nx[i], y[i] + ny[i]);
        }
        for (int i = size - 1; i >= 0; i--) {
            polygon.add(x[i] - nx[i], y[i] - ny[i]);
        }
        return polygon;
    }

    /** {@return the convex hull, by Andrew's monotone chain} */
    Outline hull() {
        Integer[] order = new Integer[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        Arrays.sort(order, (a, b) -> x[a] != x[b] ? Double.compare(x[a], x[b]) : Double.compare(y[a], y[b]));
        int[] hull = new int[2 * size + 1];
        int count = 0;
        for (int pass = 0; pass < 2; pass++) {
            int start = count;
            for (int i = 0; i < size; i++) {
                int point = order[pass == 0 ? i : size - 1 - i];
                while (count >= start + 2 && turn(hull[count - 2], hull[count - 1], point) <= 0) {
                    count--;
                }
                hull[count++] = point;
            }
            count--; // the last point starts the other half
        }
        Outline result = new Outline();
        for (int i = 0; i < count; i++) {
            result.add(x[hull[i]], y[hull[i]]);
        }
        return result;
    }

    private double turn(int a, int b, int c) {
        return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]);
    }
}
