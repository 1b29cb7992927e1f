package org.mtl4j.faces;

/**
 * Says what happens to a corpus whose points and boxes make no sense as a whole: most points are no face from any side
 * (in another order, with left and right exchanged), or outside of their box (its numbers are in another order), or in
 * another unit than pixels, or boxes are shifted against their lines. A few such faces are nothing, and corpora of
 * fewer than ten faces are never refused. Looked at are faces of which the usual five points are known
 * ({@link Landmarks#fivePoints}); of schemes that do not say where these are, nothing is looked at.
 */
public enum GeometryCheck {
    /**
     * A corpus of which this is so for most faces, beyond doubt, is refused with numbers and with what is suspected; of
     * one of which it is so for some, from one in twenty on, a warning is logged.
     */
    REFUSE,
    /** What would be refused is a warning, too: for those who know that their faces are of another kind. */
    WARN,
    /** Nothing is looked at. */
    OFF
}
