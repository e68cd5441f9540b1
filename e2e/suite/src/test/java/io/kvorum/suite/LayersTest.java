package io.kvorum.suite;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.kvorum.testkit.ProjectRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The direction of dependencies, over the compiled classes of every module.
final class LayersTest {

  private static final JavaClasses ALL = compiled();

  @Test
  void core_knowsNothingOfTheWorld() {
    classes()
        .that()
        .resideInAPackage("io.kvorum.node.core..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.kvorum.node.core..",
            "org.jspecify..",
            "java.lang..",
            "java.util..",
            "java.nio",
            "java.nio.charset",
            "java.io")
        .check(ALL);
  }

  @Test
  void coreAndPlanner_haveNoClockThreadOrUnseededRandomness() {
    noClasses()
        .that()
        .resideInAnyPackage("io.kvorum.node.core..", "io.kvorum.operator.plan..")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.security.SecureRandom")
        .check(ALL);
  }

  @Test
  void raftLogAndKv_dependOnNothingAboveThem() {
    noClasses()
        .that()
        .resideInAPackage("io.kvorum.node.core.raft..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.kvorum.node.core.kv..",
            "io.kvorum.node.core.replica..",
            "io.kvorum.node.core.log..")
        .check(ALL);
    noClasses()
        .that()
        .resideInAPackage("io.kvorum.node.core.kv..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.kvorum.node.core.raft..",
            "io.kvorum.node.core.replica..",
            "io.kvorum.node.core.log..")
        .check(ALL);
  }

  @Test
  void simAndCtl_standBesideTheServer() {
    noClasses()
        .that()
        .resideInAnyPackage("io.kvorum.node.sim..", "io.kvorum.node.ctl..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.kvorum.node.server..")
        .check(ALL);
  }

  @Test
  void operator_knowsTheStoreOnlyByItsApi() {
    noClasses()
        .that()
        .resideInAPackage("io.kvorum.operator..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.kvorum.node.core..", "io.kvorum.node.server..")
        .check(ALL);
    noClasses()
        .that()
        .resideInAPackage("io.kvorum.operator.plan..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8.kubernetes.client..", "io.javaoperatorsdk..", "io.grpc..")
        .check(ALL);
  }

  private static JavaClasses compiled() {
    Path root = ProjectRoot.find();
    List<Path> folders =
        Stream.of(
                "node/core",
                "node/dns",
                "node/sim",
                "node/server",
                "node/ctl",
                "crds",
                "operator",
                "e2e/localkube",
                "e2e/bench")
            .map(module -> root.resolve(module).resolve("target/classes"))
            .toList();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new IllegalStateException(folder + " is missing: run ./kvorum build");
      }
    }
    return new ClassFileImporter().importPaths(folders);
  }
}
