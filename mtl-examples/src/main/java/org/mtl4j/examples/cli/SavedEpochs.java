package org.mtl4j.examples.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.util.List;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingHistory;

/** Epochs inside a file of Jackson's, in the saved form of histories, which knows all that an epoch may have. */
final class SavedEpochs {
    private SavedEpochs() {}

    /** Writes the object of a history without events. */
    static final class Writer extends JsonSerializer<List<EpochResult>> {
        @Override
        public void serialize(List<EpochResult> epochs, JsonGenerator json, SerializerProvider serializers)
                throws IOException {
            json.writeRawValue(new TrainingHistory(epochs, List.of()).toJson());
        }
    }

    /** Reads it; a list, as earlier versions wrote it, is refused. */
    static final class Reader extends JsonDeserializer<List<EpochResult>> {
        @Override
        public List<EpochResult> deserialize(JsonParser json, DeserializationContext context) throws IOException {
            String history = json.readValueAsTree().toString();
            try {
                return TrainingHistory.fromJson(history).epochs();
            } catch (IllegalArgumentException e) {
                return context.reportInputMismatch(EpochResult.class, "epochs: %s", e.getMessage());
            }
        }
    }
}
