package org.mtl4j.faces.internal;

import com.google.common.primitives.ImmutableIntArray;

/** What may have been done to the points of a face, and how it is undone. */
enum PointRepair {
    SIDES_EXCHANGED("with left and right exchanged (left is what the viewer sees on the left)", 1, 0, 2, 4, 3),
    EYES_EXCHANGED("with the left eye and the right eye exchanged", 1, 0, 2, 3, 4),
    CORNERS_EXCHANGED("with the left and the right corner of the mouth exchanged", 0, 1, 2, 4, 3),
    GIVEN_IN_PAIRS("read in the order x1, y1, x2, y2 … x5, y5") {
        @Override
        double[] undo(double[] xy) {
            double[] result = new double[xy.length];
            for (int i = 0; i < 5; i++) { // in the order of the list, all x before all y, they are the pairs
                result[i] = xy[2 * i];
                result[5 + i] = xy[2 * i + 1];
            }
            return result;
        }
    },
    GIVEN_AXIS_BY_AXIS("read in the order x1 … x5, y1 … y5") {
        @Override
        double[] undo(double[] xy) {
            double[] result = new double[xy.length];
            for (int i = 0; i < 5; i++) {
                result[2 * i] = xy[i];
                result[2 * i + 1] = xy[5 + i];
            }
            return result;
        }
    },
    AXES_EXCHANGED("with x and y exchanged") {
        @Override
        double[] undo(double[] xy) {
            double[] result = new double[xy.length];
            for (int i = 0; i < xy.length; i++) {
                result[i] = xy[i ^ 1];
            }
            return result;
        }
    },
    GIVEN_IN_PAIRS_Y_FIRST("read in the order y1, x1, y2, x2 … y5, x5") {
        @Override
        double[] undo(double[] xy) {
            return AXES_EXCHANGED.undo(GIVEN_IN_PAIRS.undo(xy));
        }
    },
    GIVEN_AXIS_BY_AXIS_Y_FIRST("read in the order y1 … y5, x1 … x5") {
        @Override
        double[] undo(double[] xy) {
            return AXES_EXCHANGED.undo(GIVEN_AXIS_BY_AXIS.undo(xy));
        }
    },
    UPWARDS("with y counted downwards, from the top of the image") {
        @Override
        double[] undo(double[] xy) {
            double[] result = xy.clone();
            for (int i = 1; i < xy.length; i += 2) {
                result[i] = -xy[i];
            }
            return result;
        }
    },
    MOUTH_FIRST("with eyes and corners of the mouth exchanged", 3, 4, 2, 0, 1),
    NOSE_FIRST("with the nose as the third point, not the first", 1, 2, 0, 3, 4),
    NOSE_LAST("with the nose as the third point, not the last", 0, 1, 4, 2, 3);

    private final String text;

    /** Which of the points each one is taken from; empty where the repair is another one. */
    private final ImmutableIntArray from;

    PointRepair(String text, int... from) {
        this.text = text;
        this.from = ImmutableIntArray.copyOf(from);
    }

    /** {@return what makes faces of them, for messages} */
    String text() {
        return text;
    }

    /** {@return the points as they were meant; a new array} */
    double[] undo(double[] xy) {
        double[] result = new double[xy.length];
        for (int i = 0; i < from.length(); i++) {
            result[2 * i] = xy[2 * from.get(i)];
            result[2 * i + 1] = xy[2 * from.get(i) + 1];
        }
        return result;
    }
}
