package org.mtl4j.metric;

import java.io.Serializable;

/**
 * What a metric came to.
 *
 * @param value NaN if it has none, as without labelled examples
 * @param baseline what it is of a prediction that knows nothing but the labels' frequencies; NaN if that is not known
 */
public record MetricValue(double value, double baseline) implements Serializable {}
