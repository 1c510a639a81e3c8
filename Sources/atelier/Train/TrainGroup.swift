import ArgumentParser

/// `atelier train`: a GAN unless another method is named.
struct TrainGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network on your pictures.",
        discussion: """
            Without the name of a method a GAN is trained, which makes new pictures like yours; \
            the others make pictures from pictures. A folder whose name is that of a method is \
            given as ./NAME.

              atelier train photos                     a GAN, 20 minutes, at a fitting size
              atelier train photos --size 64 --minutes 60 --view
              atelier train --resume runs/photos-001   goes on where it stopped
              atelier train pix2pix facades            pairs: this picture to that one
              atelier train pix2pix photos --pair edges   photographs alone are enough
              atelier train cyclegan horses zebras     two folders, no pairs
              atelier train style --style painting.jpg --content photos   one painting's style
              atelier train adain --styles paintings --content photos     any painting's style
              atelier train features photos --teacher vgg.safetensors -o features.safetensors

            'atelier help train gan' explains all of a GAN's options, 'atelier help train pix2pix' \
            and so on those of the others.
            """,
        subcommands: [
            TrainCommand.self, Pix2PixCommand.self, CycleGANCommand.self, TrainStyleCommand.self,
            TrainAdaINCommand.self,
            FeaturesCommand.self,
        ],
        defaultSubcommand: TrainCommand.self)
}
