/**
 * Reports: {@link mtl.examples.report.Report} is one HTML file that needs nothing else to be read, with its pictures also as
 * PNG files beside it. What goes into it are {@link mtl.examples.report.Section sections}: {@link
 * mtl.examples.report.TrainingSections} of a model's history, {@link mtl.examples.report.EvaluationSections} of what was
 * measured, {@link mtl.examples.report.ContactSheet} of the faces themselves. {@link mtl.examples.report.LiveReport} keeps one
 * up to date while a model is trained.
 */
package mtl.examples.report;
