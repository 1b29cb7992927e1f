package org.mtl4j.faces.internal;

/** The order in which ten coordinates are given. */
public enum PointOrder {
    /** Point by point. */
    IN_PAIRS("x1, y1, x2, y2 … x5, y5"),
    /** All x before all y. */
    AXIS_BY_AXIS("x1 … x5, y1 … y5");

    private final String text;

    PointOrder(String text) {
        this.text = text;
    }

    /** {@return the order, for messages} */
    String text() {
        return text;
    }
}
