package io.kvorum.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Certificates for tests, made by openssl in a folder: an authority `ca`, and what it signs.
public final class Certificates {

  private static final Duration BOUND = Duration.ofSeconds(20);

  private final Path folder;

  public Certificates(Path folder) throws Exception {
    this.folder = folder;
    authority("ca");
  }

  /// Another authority, which nobody trusts.
  public void authority(String name) {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key");
    openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        name + ".key",
        "-days",
        "30",
        "-subj",
        "/CN=" + name,
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-out",
        name + ".crt");
  }

  /// A certificate `name.crt` with its key `name.key`, signed by the authority `ca`.
  public void issue(String name, String alternativeNames) throws Exception {
    issue(name, "ca", alternativeNames, "30");
  }

  public void issue(String name, String authority, String alternativeNames, String days)
      throws Exception {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key");
    sign(name, authority, alternativeNames, days);
  }

  /// As `issue`, with an RSA key in the old form.
  public void issueRsa(String name, String alternativeNames) throws Exception {
    openssl("genrsa", "-traditional", "-out", name + ".key", "2048");
    sign(name, "ca", alternativeNames, "30");
  }

  /// The key once more, as PKCS #8.
  public void rewriteKey(String name, String newName) {
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", name + ".key", "-out", newName + ".key");
  }

  /// A list `revoked.crl` of the authority with one certificate on it.
  public void revoke(String name) throws Exception {
    Files.writeString(folder.resolve("index.txt"), "");
    Files.writeString(
        folder.resolve("ca.cnf"),
        """
        [ca]
        default_ca = own
        [own]
        database = index.txt
        default_md = sha256
        default_crl_days = 30
        """);
    openssl(
        "ca",
        "-config",
        "ca.cnf",
        "-keyfile",
        "ca.key",
        "-cert",
        "ca.crt",
        "-revoke",
        name + ".crt");
    openssl(
        "ca",
        "-config",
        "ca.cnf",
        "-keyfile",
        "ca.key",
        "-cert",
        "ca.crt",
        "-gencrl",
        "-out",
        "revoked.crl");
  }

  public String file(String name) {
    return folder.resolve(name).toString();
  }

  /// As `issue`, without a common name.
  public void issueNameless(String name, String alternativeNames) throws Exception {
    issueAs(name, "/O=somebody", alternativeNames);
  }

  /// As `issue`, for a subject as openssl takes it.
  public void issueAs(String name, String subject, String alternativeNames) throws Exception {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key");
    sign(name, subject, "ca", alternativeNames, "30");
  }

  private void sign(String name, String authority, String alternativeNames, String days)
      throws Exception {
    sign(name, "/CN=" + name, authority, alternativeNames, days);
  }

  private void sign(
      String name, String subject, String authority, String alternativeNames, String days)
      throws Exception {
    Files.writeString(
        folder.resolve(name + ".ext"),
        "subjectAltName=" + alternativeNames + "\nextendedKeyUsage=serverAuth,clientAuth\n");
    openssl("req", "-new", "-key", name + ".key", "-subj", subject, "-out", name + ".csr");
    openssl(
        "x509",
        "-req",
        "-in",
        name + ".csr",
        "-CA",
        authority + ".crt",
        "-CAkey",
        authority + ".key",
        "-CAcreateserial",
        "-days",
        days,
        "-extfile",
        name + ".ext",
        "-out",
        name + ".crt");
  }

  /// Runs openssl in the folder; it must succeed.
  public void openssl(String... arguments) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Program.Result result = Program.command(command).in(folder).run(BOUND);
    assertThat(result.exitCode()).as("%s: %s", command, result.errors()).isZero();
  }
}
