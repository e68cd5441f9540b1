package io.kvorum.node.server.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/// Logback as a member's process has it. Logback's own provider is found by a search through all
/// jars, and searches them for a configuration itself: a noticeable part of a member's start.
public final class LogProvider implements SLF4JServiceProvider {

  /// How loud SLF4J itself is: by default it tells on standard error that it was given a provider.
  private static final String VERBOSITY_PROPERTY = "slf4j.internal.verbosity";

  private static final String API_VERSION = "2.0.99";

  private final LoggerContext context = new LoggerContext();
  private final BasicMarkerFactory markers = new BasicMarkerFactory();
  private final LogbackMDCAdapter diagnostics = new LogbackMDCAdapter();

  /// Makes this the provider of the process, before the first logger is asked for.
  public static void use() {
    System.setProperty(LoggerFactory.PROVIDER_PROPERTY_KEY, LogProvider.class.getName());
    System.setProperty(VERBOSITY_PROPERTY, "WARN");
  }

  @Override
  public void initialize() {
    context.setName("default");
    context.setMDCAdapter(diagnostics);
    new QuietConfigurator().configure(context);
    context.start();
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return context;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return diagnostics;
  }

  @Override
  public String getRequestedApiVersion() {
    return API_VERSION;
  }
}
