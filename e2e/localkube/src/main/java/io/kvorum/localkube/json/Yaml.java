package io.kvorum.localkube.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// YAML documents as JSON trees.
public final class Yaml {

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .build());

  private Yaml() {}

  /// Every document of a YAML stream; empty ones are left out.
  public static List<ObjectNode> documents(byte[] text) throws IOException {
    var documents = new ArrayList<ObjectNode>();
    try (MappingIterator<JsonNode> parsed = MAPPER.readerFor(JsonNode.class).readValues(text)) {
      while (parsed.hasNextValue()) {
        JsonNode document = parsed.nextValue();
        if (document instanceof ObjectNode object) {
          documents.add(object);
        } else if (!document.isNull() && !document.isMissingNode()) {
          throw new IOException("a YAML document is not a mapping: " + document);
        }
      }
    }
    return documents;
  }

  public static String write(JsonNode node) throws IOException {
    return MAPPER.writeValueAsString(node);
  }
}
