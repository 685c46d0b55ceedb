namespace Stepwise.Engine.Tokenizers;

internal static class NormalizationFormC
{
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> text) => text;
}
