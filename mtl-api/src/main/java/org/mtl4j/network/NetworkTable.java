package org.mtl4j.network;

import com.google.common.base.Strings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.mtl4j.internal.json.EnumNames;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;

/** Lays a network out as text, one row per layer, stitch and task. */
final class NetworkTable {
    private static final String TRUNK = "trunk";

    private final MultiTaskNetwork network;
    private final List<String[]> rows = new ArrayList<>();

    NetworkTable(MultiTaskNetwork network) {
        this.network = network;
        rows.add(new String[] {"tower", "layer", "what", "output", "parameters"});
        network.inputs().forEach(this::addInput);
        addTrunk();
        network.sharedGraph().ifPresent(this::addShared);
        for (Tower tower : network.towers()) {
            addTower(tower);
        }
        network.stitches().forEach(this::addStitch);
        network.layerMix()
                .ifPresent(mix -> rows.add(new String[] {
                    network.towers().stream().map(Tower::name).collect(Collectors.joining(", ")),
                    LayerMix.PLACE,
                    "mix of layers before each head, " + mix.describe(),
                    "",
                    count(ParameterCount.ofLayerMix(network))
                }));
        network.regularizer()
                .ifPresent(r -> rows.add(new String[] {
                    network.regularizedGroups().stream()
                            .map(towers -> String.join(r.relatedness() instanceof Relatedness ? " -> " : " & ", towers))
                            .collect(Collectors.joining(", ")),
                    String.join(", ", r.layers()),
                    "relatedness %s, strength %s%s"
                            .formatted(
                                    r.relatedness().name(),
                                    r.strength(),
                                    r.learningRateFactor() == 1 ? "" : ", rate x" + r.learningRateFactor()),
                    "",
                    count(ParameterCount.ofCoefficients(network))
                }));
    }

    /** Adds an input's own layers; an input without any is in the first line. */
    private void addInput(Input input) {
        addLayers("input " + input.name(), input.layers(), input.shape());
    }

    private void addTrunk() {
        if (!network.trunk().isEmpty()) {
            String anyTower = network.towers().get(0).name();
            addJoined(TRUNK, anyTower);
            addLayers(TRUNK, network.trunk(), network.shapeOfInputs(anyTower));
        }
    }

    /** Adds experts and the like, node by node. */
    private void addShared(SharedGraph graph) {
        for (SharedNode node : graph.nodes()) {
            String row = graph.name() + (node.owner().isEmpty() ? "" : " of " + node.owner());
            if (node instanceof SharedNode.Layers layers) {
                addLayers(row, node.name() + "/", 1, layers.stack(), layers.shape());
            } else if (node instanceof SharedNode.Bank bank) {
                addLayers(row, node.name() + "/", bank.experts(), bank.stack(), bank.shape());
            } else if (node instanceof SharedNode.Gating gating) {
                addLayers(row, node.name() + "/", 1, gating.gate().layers(), gating.shape());
                long ofLayers = gating.layers().stream()
                        .mapToLong(layer -> layer.spec().parameters(layer.input()))
                        .sum();
                addRow(row, node, gating.gate().describe(), node.parameters() - ofLayers);
            } else if (node instanceof SharedNode.Mix mix) {
                List<String> mixed = new ArrayList<>();
                for (int i = 0; i < mix.banks().size(); i++) {
                    mixed.add(mix.experts().get(i) + " x " + mix.banks().get(i));
                }
                addRow(row, node, "mix of " + String.join(", ", mixed), node.parameters());
            } else if (node instanceof SharedNode.Product product) {
                addRow(row, node, product.mask() + " times " + product.value(), 0);
            } else if (node instanceof SharedNode.Joined) {
                addRow(row, node, "joins " + String.join(", ", node.inputs()), 0);
            } else if (node instanceof SharedNode.Choice choice) {
                addRow(
                        row,
                        node,
                        "chooses of %s, searching for %s epochs"
                                .formatted(
                                        String.join(", ", node.inputs()),
                                        choice.branching().searchEpochs()),
                        node.parameters());
            }
        }
    }

    private void addRow(String row, SharedNode node, String what, long parameters) {
        rows.add(new String[] {row, node.name(), what, node.output().toString(), count(parameters)});
    }

    /** Says what is joined, where there is a choice. */
    private void addJoined(String row, String tower) {
        if (network.inputs().size() > 1) {
            rows.add(new String[] {
                row,
                "",
                "reads " + String.join(", ", network.inputsOf(tower)),
                network.shapeOfInputs(tower).toString(),
                count(0)
            });
        }
    }

    private void addLayers(String row, List<NamedLayer> layers, Shape input) {
        addLayers(row, "", 1, layers, input);
    }

    /** Adds layers, of which each is there so many times. */
    private void addLayers(String row, String path, int times, List<NamedLayer> layers, Shape input) {
        Shape shape = input;
        for (NamedLayer layer : layers) {
            Shape output = layer.spec().outputShape(shape);
            rows.add(new String[] {
                row,
                path + layer.name(),
                (times == 1 ? "" : times + " x ") + layer.spec().describe(),
                output.toString(),
                count(times * layer.spec().parameters(shape))
            });
            shape = output;
        }
    }

    private void addStitch(Stitch stitch) {
        rows.add(new String[] {
            String.join(" x ", stitch.towers()),
            stitch.place(),
            (stitch.unit().kind() + " " + stitch.unit().describe()).strip(),
            stitch.outputs().values().stream().distinct().map(Shape::toString).collect(Collectors.joining(", ")),
            count(stitch.parameters())
        });
    }

    private void addTower(Tower tower) {
        if (network.trunk().isEmpty() && network.sharedPart().isEmpty()) {
            addJoined(tower.name(), tower.name());
        }
        for (NamedLayer layer : tower.layers()) {
            Shape output = network.shapeAfter(tower.name(), layer.name());
            String stitched = network.stitches().stream()
                            .anyMatch(s -> layer.name().equals(s.after().get(tower.name())))
                    ? " *"
                    : "";
            addLayer(tower.name(), layer, stitched, output, network.shapeBefore(tower.name(), layer.name()));
        }
        for (SplitHead.Branch branch : tower.head().branches()) {
            Shape current = network.shapeBeforeHead(tower.name());
            Task task = branch.task();
            for (NamedLayer layer : branch.layers()) {
                Shape output = layer.spec().outputShape(current);
                addLayer(tower.name() + "/" + task.name(), layer, "", output, current);
                current = output;
            }
            rows.add(new String[] {
                tower.name(),
                task.name(),
                "task, %s, weight %s%s%s%s%s"
                        .formatted(
                                task.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                                task.weight(),
                                LossText.of(task).map(loss -> ", loss " + loss).orElse(""),
                                task.classWeights().isEmpty() ? "" : ", classes weigh " + task.classWeights(),
                                task.labelSmoothing() == 0 ? "" : ", labels smoothed by " + task.labelSmoothing(),
                                task.start() == OutputStart.TARGET_MEAN ? "" : ", random start"),
                Shape.vector(task.outputs()).toString(),
                count(Dense.of(task.outputs()).parameters(current))
            });
        }
    }

    private void addLayer(String tower, NamedLayer layer, String mark, Shape output, Shape input) {
        rows.add(new String[] {
            tower,
            layer.name() + mark,
            layer.spec().describe(),
            output.toString(),
            count(layer.spec().parameters(input))
        });
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder("MultiTaskNetwork: %s, %s parameters%s%s%n"
                .formatted(
                        inputs(),
                        count(network.parameters()),
                        network.equalStart() ? ", towers start equal" : "",
                        network.initializer() == Initializer.HE
                                ? ""
                                : ", weights by " + EnumNames.INITIALIZERS.nameOf(network.initializer())));
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length - 1; i++) {
                line.append(Strings.padEnd(row[i], widths[i] + 2, ' '));
            }
            line.append(Strings.padStart(row[widths.length - 1], widths[widths.length - 1], ' '));
            text.append(line).append(System.lineSeparator());
        }
        if (!network.stitches().isEmpty()) {
            text.append("* stitched to the other towers after this layer").append(System.lineSeparator());
        }
        return text.toString();
    }

    private String inputs() {
        if (network.inputPlan().isPlain()) {
            return "input " + network.input();
        }
        return (network.inputs().size() == 1 ? "input " : "inputs ")
                + network.inputs().stream()
                        .map(input -> input.name() + " " + input.shape())
                        .collect(Collectors.joining(", "));
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
