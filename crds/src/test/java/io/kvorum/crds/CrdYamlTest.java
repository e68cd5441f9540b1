package io.kvorum.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The YAML in `manifests/crds` is what the types say. `-Dgolden=rewrite` writes it anew.
final class CrdYamlTest {

  private static final Path FOLDER =
      Path.of(System.getProperty("kvorum.root"), "manifests", "crds");

  private static final CRDPostProcessor COMPLETION =
      new CRDPostProcessor() {
        @Override
        public HasMetadata process(HasMetadata resource, String crdVersion) {
          return completed((CustomResourceDefinition) resource);
        }
      };

  @Test
  void yamlIsGeneratedFromTheTypes() throws IOException {
    Map<String, String> generated = generate();
    assertThat(generated).hasSize(2);
    for (var file : generated.entrySet()) {
      Path path = FOLDER.resolve(file.getKey());
      if ("rewrite".equals(System.getProperty("golden"))) {
        Files.createDirectories(FOLDER);
        Files.writeString(path, file.getValue());
      }
      assertThat(Files.readString(path)).as("%s", path).isEqualTo(file.getValue());
    }
  }

  private static Map<String, String> generate() throws IOException {
    var output = new InMemoryOutput();
    new CRDGenerator()
        .customResourceClasses(StoreCluster.class, StoreMember.class)
        .withImplicitPreserveUnknownFields(false)
        .withMinQuotes(true)
        .withPostProcessor(COMPLETION)
        .withOutput(output)
        .generate();
    var files = new TreeMap<String, String>();
    output.files.forEach((name, bytes) ->
        files.put(name.replaceFirst("-v1$", "") + ".yaml", bytes.toString(StandardCharsets.UTF_8)));
    return files;
  }

  /// What annotations cannot say: columns stand in the order of their annotations, the generator
  /// sorts them by name; and an object without a spec is refused.
  private static CustomResourceDefinition completed(CustomResourceDefinition crd) {
    Class<?> type =
        crd.getSpec().getNames().getKind().equals("StoreCluster")
            ? StoreCluster.class
            : StoreMember.class;
    List<String> order =
        Stream.of(type.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::name)
            .toList();
    for (var version : crd.getSpec().getVersions()) {
      version
          .getAdditionalPrinterColumns()
          .sort(Comparator.comparingInt(column -> order.indexOf(column.getName())));
      version.getSchema().getOpenAPIV3Schema().setRequired(List.of("spec"));
    }
    return crd;
  }

  private static final class InMemoryOutput implements CRDGenerator.CRDOutput<OutputStream> {

    private final Map<String, ByteArrayOutputStream> files = new TreeMap<>();

    @Override
    public OutputStream outputFor(String name) {
      return files.computeIfAbsent(name, _ -> new ByteArrayOutputStream());
    }

    @Override
    public void close() {}
  }
}
