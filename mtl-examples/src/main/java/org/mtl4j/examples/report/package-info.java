/**
 * Reports: {@link org.mtl4j.examples.report.Report} is one HTML file that needs nothing else to be read, with its
 * pictures also as PNG files beside it. What goes into it are {@link org.mtl4j.examples.report.Section sections}:
 * {@link org.mtl4j.examples.report.TrainingSections} of a model's history,
 * {@link org.mtl4j.examples.report.EvaluationSections} of what was measured,
 * {@link org.mtl4j.examples.report.ContactSheet} of the faces themselves. {@link org.mtl4j.examples.report.LiveReport}
 * keeps one up to date while a model is trained.
 */
package org.mtl4j.examples.report;
