package io.kvorum.node.server;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/// The signals that ask a process to end.
///
/// A shutdown hook would not do: the JVM runs it with exit code 143, and a second signal is not
/// heard any more. The JDK's interface for signals is in no supported module's API, so it is
/// reached by name; where it is missing, the JVM's own behaviour stays.
final class Signals {

  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  private Signals() {}

  /// Hands every SIGTERM and SIGINT to a listener, by its number.
  static void listen(IntConsumer listener) {
    handle("TERM", SIGTERM, listener);
    handle("INT", SIGINT, listener);
  }

  private static void handle(String name, int number, IntConsumer listener) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      listener.accept(number);
                      yield null;
                    }
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> arguments != null && isSame(self, arguments[0]);
                    case String _ -> name;
                  });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException | RuntimeException _) {
      // No such interface, or -Xrs: the signal ends the process the JVM's way.
    }
  }

  @SuppressWarnings("ReferenceEquality") // The proxy's own equals would ask again.
  private static boolean isSame(Object self, Object other) {
    return self == other;
  }
}
