/**
 * Reports on any tasks, and progress in lines, for programs that have no command line of this project's.
 *
 * <pre>{@code
 * try (LiveReport live = LiveReport.of(model, Path.of("report"), "Income")) { // a page that follows the run
 *     model.fit(training, FitOptions.epochs(40).withValidation(validation).withListener(live)
 *         .withListener(ProgressLines.to(System.out).withEpochs(40)));
 * }
 * ModelReport.of(model, "Income").measuredOn(test).write(Path.of("report")); // all there is to say, when it is over
 * }</pre>
 *
 * <p>{@link org.mtl4j.report.Report} is one HTML file that needs nothing else to be read: charts are inline SVG, so
 * that neither fonts nor {@code java.desktop} are needed where it is written, and the page is light or dark as the
 * display is. What goes into it are {@link org.mtl4j.report.Section sections}: of a model's history
 * ({@link org.mtl4j.report.TrainingSections}), of what it is ({@link org.mtl4j.report.ModelSections}), of what was
 * measured ({@link org.mtl4j.report.ScoreSections}), or of your own with {@link org.mtl4j.report.LineChart},
 * {@link org.mtl4j.report.HeatMap} and {@link org.mtl4j.report.Table}.
 *
 * <p>Nothing is printed unless you say where to. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.report;

import org.jspecify.annotations.NullMarked;
