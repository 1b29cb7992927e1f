package org.mtl4j.faces.internal;

/** The meaning of the four numbers of a box, in the order in which they are given. */
public enum BoxOrder {
    /** As in the lists of Sun et al. */
    LEFT_RIGHT_TOP_BOTTOM("left, right, top, bottom") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[0], box[2], box[1], box[3]};
        }
    },
    /** As in code, and in most lists. */
    LEFT_TOP_RIGHT_BOTTOM("left, top, right, bottom") {
        @Override
        double[] edges(double... box) {
            return box;
        }
    },
    /** As of most detectors. */
    LEFT_TOP_WIDTH_HEIGHT("x, y, width, height") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[0], box[1], box[0] + box[2], box[1] + box[3]};
        }
    },
    /** As of some detectors. */
    CENTRE_WIDTH_HEIGHT("x and y of the centre, width, height") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2};
        }
    },
    /** Rows before columns. */
    TOP_LEFT_BOTTOM_RIGHT("top, left, bottom, right") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[1], box[0], box[3], box[2]};
        }
    },
    /** As style sheets have them. */
    TOP_RIGHT_BOTTOM_LEFT("top, right, bottom, left") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[3], box[0], box[1], box[2]};
        }
    },
    /** Rows before columns. */
    TOP_BOTTOM_LEFT_RIGHT("top, bottom, left, right") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[2], box[0], box[3], box[1]};
        }
    },
    /** Rows before columns. */
    TOP_LEFT_HEIGHT_WIDTH("y, x, height, width") {
        @Override
        double[] edges(double... box) {
            return new double[] {box[1], box[0], box[1] + box[3], box[0] + box[2]};
        }
    };

    private final String text;

    BoxOrder(String text) {
        this.text = text;
    }

    /** {@return the order, for messages} */
    String text() {
        return text;
    }

    /** {@return left, top, right and bottom of four numbers in this order, which may be no box} */
    abstract double[] edges(double... box);
}
