package io.kvorum.localkube.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// The API server's own certificate: made once by the JDK's keytool, signed by itself, kept.
public final class Certificate {

  private static final String ALIAS = "localkube";

  /// The key store's password protects nothing: the file's permissions do.
  private static final String PASSWORD = "localkube";

  private static final long KEYTOOL_SECONDS = 60;

  private final KeyStore keys;

  private Certificate(KeyStore keys) {
    this.keys = keys;
  }

  /// Opens the certificate in this file, or makes one.
  public static Certificate open(Path file) {
    try {
      if (!Files.exists(file)) {
        generate(file);
      }
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        keys.load(in, PASSWORD.toCharArray());
      }
      return new Certificate(keys);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot read the certificate in " + file, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read or make the certificate " + file, e);
    }
  }

  private static void generate(Path file) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-alias",
                    ALIAS,
                    "-dname",
                    "CN=kvorum-localkube",
                    "-ext",
                    "san=ip:127.0.0.1,dns:localhost,dns:kubernetes.default.svc",
                    "-ext",
                    "bc:c=ca:true",
                    "-ext",
                    "ku:c=digitalSignature,keyCertSign",
                    "-ext",
                    "eku=serverAuth",
                    "-validity",
                    "3650",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    fresh.toString(),
                    "-storepass",
                    PASSWORD))
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!ended(keytool) || keytool.exitValue() != 0) {
      throw new IOException("keytool could not make a certificate: " + said);
    }
    Files.move(fresh, file);
  }

  private static boolean ended(Process process) throws IOException {
    try {
      return process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keytool made a certificate", e);
    }
  }

  SSLContext context() {
    try {
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the certificate does not serve TLS", e);
    }
  }

  /// The certificate as clients must trust it.
  public String pem() {
    try {
      byte[] der = keys.getCertificate(ALIAS).getEncoded();
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the certificate has no encoding", e);
    }
  }
}
