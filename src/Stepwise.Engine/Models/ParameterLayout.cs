
namespace Stepwise.Engine.Models;

/// <summary>The parameters of one layer. Query, key and value matrices are adjacent in the block, so that one multiply serves all three;
/// so are gate and up.</summary>
internal sealed record LayerParameters(
    Parameter AttentionNorm,
    Parameter Query,
    Parameter Key,
    Parameter Value,
    Parameter? QueryBias,
    Parameter? QueryNorm,
    Parameter? KeyNorm,
    Parameter Output,
    Parameter FeedForwardNorm,
    Parameter Gate,
    Parameter Up,
    Parameter Down);

/// <summary>Where every parameter of a decoder lies.</summary>
internal sealed class ParameterLayout : ParameterBlock
{
    /// <summary>The output projection; a checkpoint whose head is tied may store it all the same.</summary>
    private const string HeadName = "lm_head.weight";

    private readonly ModelConfig _config;
    private readonly int[] _last;

    /// <param name="config">The model.</param>
    /// <param name="frozen">Whether the matrices of all layers share the place of the first layer's.</param>
    public ParameterLayout(ModelConfig config, bool frozen = false)
    {
        _config = config;
        _last = new int[config.Layers];
        int queryWidth = config.Heads * config.HeadSize;
        int keyValueWidth = config.KeyValueHeads * config.HeadSize;
        Embedding = Add("model.embed_tokens.weight", config.VocabularySize, config.Width);
        Layers = new LayerParameters[config.Layers];
        for (int l = 0; l < config.Layers; l++)
        {
            string layer = $"model.layers.{l}.";
            string attention = layer + "self_attn.";
            Parameter norm = Add(layer + "input_layernorm.weight", config.Width);
            LayerParameters? shared = frozen && l > 0 ? Layers[0] : null;
            Parameter query = Matrix(shared?.Query, attention + "q_proj.weight", queryWidth, config.Width);
            Parameter key = Matrix(shared?.Key, attention + "k_proj.weight", keyValueWidth, config.Width);
            Parameter value = Matrix(shared?.Value, attention + "v_proj.weight", keyValueWidth, config.Width);
            Parameter? queryBias = null;
            if (config.AttentionBias)
            {
                queryBias = Add(attention + "q_proj.bias", queryWidth);
                Add(attention + "k_proj.bias", keyValueWidth);
                Add(attention + "v_proj.bias", keyValueWidth);
            }

            Layers[l] = new LayerParameters(
                norm,
                query,
                key,
                value,
                queryBias,
                config.QueryKeyNorm ? Add(attention + "q_norm.weight", config.HeadSize) : null,
                config.QueryKeyNorm ? Add(attention + "k_norm.weight", config.HeadSize) : null,
                Matrix(shared?.Output, attention + "o_proj.weight", config.Width, queryWidth),
                Add(layer + "post_attention_layernorm.weight", config.Width),
                Matrix(shared?.Gate, layer + "mlp.gate_proj.weight", config.FeedForwardWidth, config.Width),
                Matrix(shared?.Up, layer + "mlp.up_proj.weight", config.FeedForwardWidth, config.Width),
                Matrix(shared?.Down, layer + "mlp.down_proj.weight", config.Width, config.FeedForwardWidth));
            _last[l] = All.Count - 1;
        }

        FinalNorm = Add("model.norm.weight", config.Width);
        Head = config.TiedHead ? Embedding : Add(HeadName, config.VocabularySize, config.Width);
    }

    /// <summary>The index in <see cref="ParameterBlock.All"/> of a layer's last parameter.</summary>
    public int LastOf(int layer) => _last[layer];

    public Parameter Embedding { get; }

    public LayerParameters[] Layers { get; }

    public Parameter FinalNorm { get; }

    /// <summary>The output projection; the embedding itself where it is tied.</summary>
    public Parameter Head { get; }

    /// <summary>
    /// Refuses a source that has not exactly these parameters. To be called before memory is taken for them: a configuration may claim any
    /// size, what the file holds bounds it.
    /// </summary>
    /// <exception cref="InputException">A tensor is missing, has another shape, or has no place in the model.</exception>
    public void Check(IWeightSource source)
    {
        string model = $"{_config.Architecture.Name} with {_config.Layers} layers";
        foreach (Parameter parameter in All)
        {
            if (!source.Contains(parameter.Name))
            {
                throw new InputException($"{source.Location}: tensor '{parameter.Name}' is missing; {model} needs it.");
            }

            IReadOnlyList<long> shape = source.Shape(parameter.Name);
            if (!shape.SequenceEqual(parameter.Shape.Select(n => (long)n)))
            {
                throw new InputException(
                    $"{source.Location}: tensor '{parameter.Name}' has shape [{string.Join(", ", shape)}], "
                    + $"the configuration asks for [{string.Join(", ", parameter.Shape)}].");
            }
        }

        HashSet<string> known = [.. All.Select(p => p.Name), HeadName];
        foreach (string name in source.Names.Where(n => !known.Contains(n) && !IsDefaultRotation(source, n)))
        {
            throw new InputException(
                $"{source.Location}: tensor {Quoted.Of(name)} has no place in {model}: the model was trained with something that is not "
                + "computed here. Use a checkpoint of a supported family that has not been altered.");
        }
    }

    /// <summary>Whether a tensor is the buffer of rotary frequencies that old checkpoints carry, with the configuration's frequencies. The
    /// bound leaves room for their rounding to BF16.</summary>
    private bool IsDefaultRotation(IWeightSource source, string name)
    {
        float[] expected = new DefaultRopeScaling().InverseFrequencies(_config.HeadSize, _config.RopeTheta);
        if (!name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || source.Shape(name) is not [var length]
            || length != expected.Length)
        {
            return false;
        }

        float[] found = new float[expected.Length];
        source.Read(name, found);
        return expected.Zip(found).All(f => Math.Abs(f.First - f.Second) <= 0.005f * f.First);
    }

    /// <summary>A matrix in the next place, or in that of another.</summary>
    private Parameter Matrix(Parameter? shared, string name, params int[] shape) =>
        shared is null ? Add(name, shape) : AddAt(shared.Offset, name, shape);
}
