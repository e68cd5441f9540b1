package io.kvorum.node.ctl;

import java.util.ArrayList;
import java.util.List;

/// The flags that name a second store beside the one of the global flags, each with a prefix.
final class OtherStore {

  private OtherStore() {}

  /// The flags; `whose` says which store they are about.
  static List<Flag> flags(String prefix, String whose) {
    var flags = new ArrayList<Flag>();
    flags.add(
        new Flag(
            prefix + "endpoints",
            Flag.NO_LETTER,
            Flag.Kind.LIST,
            "",
            "members of " + whose + ": host:port or URL"));
    flags.addAll(accessFlags(prefix, whose));
    return flags;
  }

  /// How to get in, for a store that is named otherwise.
  static List<Flag> accessFlags(String prefix, String whose) {
    return List.of(
        Flag.text(prefix + "cacert", "", "verify " + whose + " with these CA certificates (PEM)"),
        Flag.text(prefix + "cert", "", "the certificate shown to " + whose + " (PEM)"),
        Flag.text(prefix + "key", "", "the key of that certificate (PEM)"),
        new Flag(
            prefix + "insecure-transport",
            Flag.NO_LETTER,
            Flag.Kind.SWITCH,
            "true",
            "no TLS with " + whose + " unless an endpoint or a certificate asks for it"),
        Flag.toggle(prefix + "insecure-skip-tls-verify", "accept any certificate of " + whose),
        Flag.text(prefix + "user", "", "name[:password] at " + whose),
        Flag.text(prefix + "password", "", "password of that user"));
  }

  static Settings settings(Invocation invocation, String prefix) throws Failure {
    Flags flags = invocation.flags();
    return settings(invocation, prefix, Settings.endpoints(flags.list(prefix + "endpoints")));
  }

  static Settings settings(Invocation invocation, String prefix, List<Endpoint> endpoints) {
    Flags flags = invocation.flags();
    return invocation
        .settings()
        .toward(
            endpoints,
            new Settings.Tls(
                flags.text(prefix + "cert"),
                flags.text(prefix + "key"),
                flags.text(prefix + "cacert"),
                flags.on(prefix + "insecure-skip-tls-verify"),
                !flags.on(prefix + "insecure-transport"),
                ""),
            new Settings.Credentials(flags.text(prefix + "user"), flags.text(prefix + "password")));
  }
}
