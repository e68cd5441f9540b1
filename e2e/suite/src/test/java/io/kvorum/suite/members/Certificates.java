package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// An authority of a test's own, and what it has signed; made by openssl.
record Certificates(Path folder) {

  private static final Duration BOUND = Duration.ofSeconds(30);

  static Certificates create(Path folder) throws IOException {
    var certificates = new Certificates(Files.createDirectories(folder));
    certificates.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
            + " -keyout ca.key -out ca.pem");
    return certificates;
  }

  Path authority() {
    return folder.resolve("ca.pem");
  }

  Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  Path key(String name) {
    return folder.resolve(name + ".key");
  }

  /// Signs a certificate for servers on the address, and for the client of the name.
  Certificates sign(String name, String address) throws IOException {
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=test/CN="
            + name
            + " -keyout "
            + key(name)
            + " -out "
            + name
            + ".csr");
    Files.writeString(
        folder.resolve(name + ".ext"),
        "subjectAltName=IP:" + address + "\nextendedKeyUsage=serverAuth,clientAuth\n");
    openssl(
        "x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -in "
            + name
            + ".csr -extfile "
            + name
            + ".ext -out "
            + certificate(name));
    return this;
  }

  /// Runs openssl in the folder.
  void openssl(String arguments) {
    Program.Result result =
        Program.command("openssl")
            .with(List.of(arguments.split(" ", -1)).toArray(String[]::new))
            .in(folder)
            .run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
  }
}
