package org.mtl4j.dl4j.onnx;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.task.Task;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Collects what whoever runs a network elsewhere has to know of it. */
final class ModelMetadata {
    private ModelMetadata() {}

    static Map<String, String> of(String version) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("mtl4j.version", version);
        return all;
    }

    static Map<String, String> of(Dl4jModel model, String version) {
        Map<String, String> all = of(version);
        all.put("mtl4j.tasks", escaped(tasks(model.network().tasks())));
        all.put("mtl4j.inputs", inputs(model.network().inputs()));
        all.put("mtl4j.seed", String.valueOf(model.plan().seed()));
        model.encoding().ifPresent(encoding -> all.put("mtl4j.encoding", escaped(encoding.toJson())));
        model.properties().forEach(all::putIfAbsent);
        return all;
    }

    /** Writes what is not ASCII as JSON's escapes: names may be any text, and ONNX Runtime for Java reads not all. */
    private static String escaped(String json) {
        StringBuilder text = new StringBuilder(json.length());
        for (char each : json.toCharArray()) { // outside of names JSON has ASCII only
            if (each < 0x80) {
                text.append(each);
            } else {
                text.append("\\u").append(HexFormat.of().toHexDigits(each));
            }
        }
        return text.toString();
    }

    private static String tasks(List<Task> tasks) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Task task : tasks) {
            ObjectNode each = all.addObject()
                    .put("name", task.name())
                    .put("kind", task.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .put("outputs", task.outputs());
            if (!task.classNames().isEmpty()) {
                task.classNames().forEach(each.putArray("classes")::add);
            }
        }
        return all.toString();
    }

    private static String inputs(List<Input> inputs) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Input input : inputs) {
            ObjectNode each = all.addObject().put("name", input.name());
            Shape shape = input.shape();
            String kind = shape.match(i -> "image", v -> "vector", s -> "sequence", c -> "categories", t -> "tokens");
            each.put("kind", kind);
            ArrayNode sizes = each.putArray("shape");
            long[] batch = shape.batch(1);
            for (int i = 1; i < batch.length; i++) {
                sizes.add(batch[i]);
            }
            List<Integer> codes = shape.match(
                    i -> List.of(),
                    v -> List.of(),
                    s -> List.of(),
                    Shape.Categories::sizes,
                    t -> List.of(t.vocabulary()));
            if (!codes.isEmpty()) {
                codes.forEach(each.putArray("codes")::add);
            }
        }
        return all.toString();
    }
}
