namespace Stepwise.Methods.Gradients;

/// <summary>The gradient as it is.</summary>
public sealed record PlainGradient : IGradientControl;
