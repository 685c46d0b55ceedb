namespace Stepwise.Engine.Kernels;

/// <summary>The rows that attention reads and writes: H query heads, K key-value heads, head size D, N rows.</summary>
internal unsafe struct AttentionRows
{
    /// <summary>The arrangement of heads.</summary>
    public required HeadLayout Layout;

    /// <summary>Queries after the rotary embedding; [N, H·D], rows <see cref="Ldq"/> floats apart.</summary>
    public required float* Q;

    /// <summary>Floats from row to row of the queries.</summary>
    public required nint Ldq;

    /// <summary>Keys after the rotary embedding; [N, K·D], rows <see cref="Ldkv"/> floats apart.</summary>
    public required float* K;

    /// <summary>Values; [N, K·D], rows <see cref="Ldkv"/> floats apart.</summary>
    public required float* V;

    /// <summary>Floats from row to row of keys and values.</summary>
    public required nint Ldkv;

    /// <summary>Receives the attended values; [N, H·D], rows <see cref="Ldo"/> floats apart.</summary>
    public required float* Output;

    /// <summary>Floats from row to row of the output.</summary>
    public required nint Ldo;

    /// <summary>Receives log Σ exp(score) of packed sequences, which backward reads; [N, H], or null. Decoding leaves it alone.</summary>
    public float* LogSumExp;

    /// <summary>Multiplies the scores, above 0: 1/√D.</summary>
    public required float Scale;

    /// <summary>How many positions a row sees, its own the last of them; at least 1, or <see cref="Attention.NoWindow"/>.</summary>
    public required int Window;
}

/// <summary>The gradients of <see cref="AttentionRows"/>, in the same rows.</summary>
internal unsafe struct AttentionGradients
{
    /// <summary>That of the output, read; [N, H·D], strided as the output.</summary>
    public required float* Output;

    /// <summary>That of the queries, replaced; [N, H·D], strided as the queries. May be the queries.</summary>
    public required float* Q;

    /// <summary>That of the keys, replaced; [N, K·D], strided as the keys. May be the keys.</summary>
    public required float* K;

    /// <summary>That of the values, replaced; [N, K·D], strided as the keys. May be the values.</summary>
    public required float* V;
}
